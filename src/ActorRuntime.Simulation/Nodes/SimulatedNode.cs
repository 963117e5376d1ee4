using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Persistence;
using ActorRuntime.Simulation.World;
using ClusterExtension = ActorRuntime.Cluster.Cluster;

namespace ActorRuntime.Simulation;

/// <summary>A node of the simulated cluster through all its lives: the production code on a simulated machine.</summary>
/// <remarks>As the node process does, it begins another life after it was declared lost while its process lived.</remarks>
public sealed class SimulatedNode
{
    private const int RemotePort = 4053, SignalPort = 4054;
    private static readonly TimeSpan NextLifeAfter = TimeSpan.FromMilliseconds(100), SupervisorLooksEvery = TimeSpan.FromMilliseconds(200);

    private readonly SimulatedCluster _cluster;
    private readonly Action<SimulatedNode> _started;
    private readonly int _portOffset;
    private ActorSystem? _system;
    private int _startedIn;
    private ClusterExtension? _extension;

    internal SimulatedNode(SimulatedCluster cluster, SimulatedHost host, string name, int portOffset, Action<SimulatedNode> started) =>
        (_cluster, Host, Name, _portOffset, _started) = (cluster, host, name, portOffset, started);

    /// <summary>Name, the same in all its lives.</summary>
    public string Name { get; }

    /// <summary>How often it was started.</summary>
    public int Lives { get; private set; }

    /// <summary>True while its process exists, stopped or not.</summary>
    public bool IsRunning => Process is { IsAlive: true };

    /// <summary>True between <see cref="Freeze"/> and <see cref="Thaw"/>.</summary>
    public bool IsFrozen => Process is { IsAlive: true, IsFrozen: true };

    /// <summary>True while it is a member that is up, as far as it knows, and has started what it hosts.</summary>
    public bool IsUp => IsRunning && _startedIn == Lives && _extension is { IsTerminated: false } cluster && cluster.View.Find(cluster.SelfKey) is { Status: MemberStatus.Up };

    /// <summary>Its actor system in this life.</summary>
    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public ActorSystem System => _system ?? throw new InvalidOperationException($"{Name} was not started");

    /// <summary>What it knows of the cluster in this life.</summary>
    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public ClusterExtension Cluster => _extension ?? throw new InvalidOperationException($"{Name} was not started");

    /// <summary>Why the last life ended by itself; null when it did not.</summary>
    public string? EndedBecause { get; private set; }

    internal SimulatedHost Host { get; }

    internal SimulatedProcess? Process { get; private set; }

    /// <summary>Starts a process for it; it joins by itself.</summary>
    public void Start()
    {
        if (IsRunning) return;
        Host.Boot();
        var (process, environment) = _cluster.World.StartProcess(Host, Name);
        (Process, EndedBecause) = (process, null);
        Lives++;
        process.LatencyMax = _cluster.Settings.LatencyMax;
        process.Ended += OnProcessEnded;
        _cluster.Record(Name, $"starts (life {Lives})");
        process.Run(new WorkItem(() => StartSystem(process, environment)));
    }

    /// <summary>SIGKILL: its peers are told that their connections are closed.</summary>
    public void Kill() => Process?.End(isSilent: false);

    /// <summary>Its machine loses its power: no peer is told.</summary>
    public void CutPower()
    {
        Host.CutPower();
        Process?.End(isSilent: true);
    }

    /// <summary>SIGSTOP.</summary>
    public void Freeze() => Process?.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Process?.Thaw();

    /// <summary>Asks it to hand over, leave and end.</summary>
    public void Leave()
    {
        if (IsRunning) Run(node => _ = CoordinatedShutdown.Get(node.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance));
    }

    /// <summary>Runs something inside the node's process, soon; not at all when that has ended by then.</summary>
    public void Run(Action<SimulatedNode> call) => Process?.Ready(new WorkItem(() => call(this)));

    /// <inheritdoc/>
    public override string ToString() => Name;

    private void StartSystem(SimulatedProcess process, SimulatedEnvironment environment)
    {
        var settings = _cluster.Settings;
        var setup = ActorSystemSetup.Create(new EnvironmentSetup(environment), new LoggerSetup(_cluster.LoggersOf(Name)), BootstrapSetup.Create().WithConfig(settings.Config))
            .And(PersistenceSetup.Create()
                .WithOptions(settings.Persistence)
                .WithJournal(_ => _cluster.Stores.OpenJournal(process))
                .WithSnapshotStore(_ => _cluster.Stores.OpenSnapshots(process))
                .WithBlockStore(_ => _cluster.Stores.OpenBlocks(process)))
            .And(new ShardingSetup(settings.Sharding) { ReplicaNews = _cluster.Replicas })
            .WithCluster(
                new ClusterSetup(_cluster.Stores.OpenControlLog(process), settings.Cluster with
                {
                    Name = Name, DataDir = "/data", SignalBindAddress = Host.Address.ToString(), SignalPort = SignalPort + _portOffset,
                })
                {
                    SignalParts = _cluster.SignalParts,
                },
                settings.Remote with { Hostname = Host.Address.ToString(), Port = RemotePort + _portOffset });
        var system = ActorSystem.Create("simulated", setup);
        system.RegisterOnTermination(() => OnSystemEnded(process));
        (_system, _extension) = (system, ClusterExtension.Get(system));
        _extension.RegisterOnMemberUp(() =>
        {
            _started(this);
            _startedIn = Lives;
        });
        _cluster.After(SupervisorLooksEvery, () => Supervise(process));
    }

    /// <summary>What a supervisor of processes does: a node that could not join, or must not go on, has ended with an error and is started again.</summary>
    private void Supervise(SimulatedProcess process)
    {
        if (!process.IsAlive) return;
        if (!process.IsFrozen && (Cluster.WhenUp.IsFaulted || Cluster.DecidingStopped is { IsForked: true }))
        {
            EndedBecause = Cluster.WhenUp.Exception?.InnerException?.Message ?? Cluster.DecidingStopped!.Reason;
            process.End(isSilent: false);
            _cluster.After(SupervisorLooksEvery, Start);
        }
        else _cluster.After(SupervisorLooksEvery, () => Supervise(process));
    }

    private void OnSystemEnded(SimulatedProcess process)
    {
        var reason = CoordinatedShutdown.Get(System).ShutdownReason;
        EndedBecause = reason switch
        {
            CoordinatedShutdown.ClusterDowningReason => "declared lost",
            LocalStoreFailedReason => "its local store failed",
            _ => "left",
        };
        process.End(isSilent: false);
        if (reason is CoordinatedShutdown.ClusterDowningReason or LocalStoreFailedReason) _cluster.After(NextLifeAfter, Start);
    }

    private void OnProcessEnded(SimulatedProcess process, bool isSilent)
    {
        _cluster.Record(Name, process.Crash is { } crash ? $"crashed: {crash}" : isSilent ? "lost its power" : EndedBecause ?? "was killed");
        if (process.Crash is { } cause) _cluster.Fail("no crash", $"the process of {Name} ended by an exception nobody caught: {cause}");
    }
}
