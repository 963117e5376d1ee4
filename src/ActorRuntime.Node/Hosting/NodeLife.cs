using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;
using ActorRuntime.Node.Management;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Local;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Hosting;

/// <summary>One incarnation of a node: its actor system with everything it hosts, from start to end.</summary>
internal sealed class NodeLife : IAsyncDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    private readonly ActorSystem _system;
    private readonly Cluster.Cluster _cluster;
    private readonly ManagementServer _management;

    private readonly NodeConfiguration _configuration;
    private readonly SignalFaults _faults;

    private NodeLife(
        ActorSystem system, Cluster.Cluster cluster, ManagementServer management, NodeConfiguration configuration, SignalFaults faults) =>
        (_system, _cluster, _management, _configuration, _faults) = (system, cluster, management, configuration, faults);

    /// <summary>Done when the actor system has ended, whatever way.</summary>
    public Task WhenEnded => _system.WhenTerminated;

    /// <summary>Why this incarnation was declared lost while its process lived; null when it was not.</summary>
    public LossEvidence? Lost =>
        CoordinatedShutdown.Get(_system).ShutdownReason is CoordinatedShutdown.ClusterDowningReason
            ? _cluster.View.Lost.GetValueOrDefault(_cluster.SelfKey)?.Evidence
            : null;

    /// <summary>True when it ended because its local store failed.</summary>
    public bool HasStoreFailed => CoordinatedShutdown.Get(_system).ShutdownReason is LocalStoreFailedReason;

    /// <summary>Why this incarnation ended because the control log goes on without it; null when it did not.</summary>
    public string? Forked => _cluster.DecidingStopped is { IsForked: true, Reason: var reason } ? reason : null;

    /// <summary>Opens ports and store and joins.</summary>
    /// <param name="leave">Asks the process to leave in order.</param>
    /// <param name="adoptsLog">Goes on with a control log it would refuse.</param>
    /// <exception cref="IOException">A port is taken, a directory or the store cannot be used; the message says which.</exception>
    /// <exception cref="ClusterJoinFailedException">The node cannot become a member; the message says why.</exception>
    public static async Task<NodeLife> StartAsync(
        NodeConfiguration configuration, ILoggerFactory loggers, SignalFaults faults, Action<string> leave, bool adoptsLog,
        CancellationToken cancellationToken)
    {
        var environment = new ProductionEnvironment();
        CreateDirectory(configuration.Cluster.DataDir);
        var store = configuration.Store.OpenControlLog(environment);
        ActorSystem system;
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            var termMax = adoptsLog ? await ReadHighestTermAsync(configuration, environment, cancellationToken).ConfigureAwait(false) : 0;
            system = ActorSystem.Create(
                configuration.Node.SystemName,
                ActorSystemSetup.Create(
                        new EnvironmentSetup(environment), new LoggerSetup(loggers), BootstrapSetup.Create().WithConfig(configuration.Config))
                    .And(PersistenceSetup.Create()
                        .WithOptions(configuration.Persistence)
                        .WithJournal(_ => configuration.Store.OpenJournal(environment))
                        .WithSnapshotStore(_ => configuration.Store.OpenSnapshots(environment))
                        .WithBlockStore(_ => new SegmentStore(configuration.LocalStore, environment)))
                    .And(new ShardingSetup(configuration.Sharding))
                    .WithCluster(new ClusterSetup(store, configuration.Cluster) { AdoptsLog = adoptsLog, TermMax = termMax }, configuration.Remote));
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            await Persistence.Persistence.Instance.Get(system).OpenAsync(cancellationToken).ConfigureAwait(false);
            var cluster = Cluster.Cluster.Get(system);
            var commands = new ManagementCommands();
            new ClusterCommands(cluster, StoreWatch.Follow((ExtendedActorSystem)system), environment.Time, leave).AddTo(commands);
            new SignalCommands(cluster, faults).AddTo(commands);
            new ShardCommands(system, cluster, environment.Time).AddTo(commands);
            new UnitCommands(system, cluster).AddTo(commands);
            new NodeCommands((ExtendedActorSystem)system, leave).AddTo(commands);
            var management = ManagementServer.Start(environment, configuration.Management, commands, loggers.CreateLogger<ManagementServer>());
            return new(system, cluster, management, configuration, faults);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the node is a member, and starts what it hosts.</summary>
    /// <exception cref="ClusterJoinFailedException">The node cannot become a member; the message says why.</exception>
    public async Task JoinAsync(Action<ActorSystem>? application, CancellationToken cancellationToken)
    {
        await BlockAgainAsync(cancellationToken).ConfigureAwait(false);
        await _cluster.WhenUp.WaitAsync(cancellationToken).ConfigureAwait(false);
        application?.Invoke(_system);
        await new FlowStarter(_system, _cluster, _configuration).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands over and leaves in order; done when the actor system has ended.</summary>
    public async Task LeaveAsync()
    {
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).ConfigureAwait(false);
        await _system.WhenTerminated.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _management.DisposeAsync().ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        // The next life opens the same store. One that does not come to its end, on a disk that hangs, holds up nobody for ever.
        await Persistence.Persistence.Instance.Get(_system).CloseBlockStoreAsync().WaitAsync(_configuration.Cluster.LeaveTimeout)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A cable that was broken in the last life is broken in this one.</summary>
    private async Task BlockAgainAsync(CancellationToken cancellationToken)
    {
        while (_faults.IsBlocked)
        {
            try
            {
                await _cluster.Heartbeat.Ask<SignalsBlocked>(new BlockSignals(true), AskAgain, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (AskTimeoutException)
            {
                // There is no signal channel yet.
            }
        }
    }

    /// <summary>What the journal's fences have seen: whoever holds a term from the lost part of the log must not meet it again.</summary>
    private static async Task<long> ReadHighestTermAsync(
        NodeConfiguration configuration, ProductionEnvironment environment, CancellationToken cancellationToken)
    {
        var journal = configuration.Store.OpenJournal(environment);
        await using (journal.ConfigureAwait(false))
        {
            await journal.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await journal.ReadHighestTermAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void CreateDirectory(string path)
    {
        if (path.Length > 0) Directory.CreateDirectory(path);
    }
}
