using ActorRuntime.Actor;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Commands;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Hosting;

/// <summary>Runs a node for the life of its process: one incarnation after another, until it is told to leave.</summary>
/// <remarks>An incarnation that was declared lost while its process lived (frozen, cut off) is muted for good. The process begins another
/// one, which joins as a standby.</remarks>
/// <param name="application">What the node hosts beside flows: called in each life, as soon as the node is up. Null: nothing.</param>
internal sealed partial class NodeHost(
    NodeConfiguration configuration, ILoggerFactory loggers, LeaveSignals signals, Action<ActorSystem>? application = null)
{
    private readonly ILogger _log = loggers.CreateLogger<NodeHost>();
    private readonly RestartBudget _budget = new(configuration.Node.RestartsPerMinute);
    private readonly ProductionEnvironment _environment = new();
    private readonly SignalFaults _faults = new();

    /// <param name="adoptsLog">The first life goes on with a control log it would refuse.</param>
    /// <returns>The exit code of the process.</returns>
    public async Task<int> RunAsync(bool adoptsLog)
    {
        var versions = NodeVersion.Describe();
        LogStarting(configuration.Cluster.Name, versions);
        while (true)
        {
            LossEvidence? lost;
            try
            {
                lost = await RunLifeAsync(adoptsLog).ConfigureAwait(false);
                adoptsLog = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ClusterJoinFailedException)
            {
                LogCannotRun(e.Message);
                return ExitCode.Failed;
            }
            if (lost is null || signals.Requested.IsCompleted || lost.Kind == LossKind.Itself) return ExitCode.Success;
            if (lost.Kind is LossKind.Operator or LossKind.Ended)
            {
                LogDowned();
                return ExitCode.Failed;
            }
            if (!_budget.TryTake(_environment.Now))
            {
                LogTooManyLives(configuration.Node.RestartsPerMinute);
                return ExitCode.Failed;
            }
            LogNewLife(configuration.Cluster.Name);
        }
    }

    /// <returns>Why the incarnation was declared lost; null when it left.</returns>
    private async Task<LossEvidence?> RunLifeAsync(bool adoptsLog)
    {
        using var stopping = new CancellationTokenSource();
        _ = signals.Requested.ContinueWith(_ => stopping.Cancel(), TaskScheduler.Default);
        var life = await NodeLife.StartAsync(configuration, loggers, _faults, signals.Request, adoptsLog, stopping.Token).ConfigureAwait(false);
        await using (life.ConfigureAwait(false))
        {
            try
            {
                await life.JoinAsync(application, stopping.Token).ConfigureAwait(false);
                await Task.WhenAny(signals.Requested, life.WhenEnded).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Told to leave while it still joined: leaves as far as it had come.
            }
            if (signals.Requested.IsCompleted && !life.WhenEnded.IsCompleted)
            {
                var reason = await signals.Requested.ConfigureAwait(false);
                LogLeaving(reason);
                await life.LeaveAsync().ConfigureAwait(false);
            }
            if (life.Forked is { } forked) throw new ClusterJoinFailedException(forked);
            if (life.HasStoreFailed) throw new IOException("The local store failed (see above): check it with `node store check`, and start the node again");
            return life.Lost;
        }
    }

    [LoggerMessage(EventId = 9001, Level = LogLevel.Information, Message = "Node {Name} starts: {Versions}")]
    private partial void LogStarting(string name, string versions);

    [LoggerMessage(EventId = 9002, Level = LogLevel.Critical, Message = "{Why}")]
    private partial void LogCannotRun(string why);

    [LoggerMessage(EventId = 9003, Level = LogLevel.Information, Message = "Leaving in order ({Reason})")]
    private partial void LogLeaving(string reason);

    [LoggerMessage(EventId = 9004, Level = LogLevel.Warning, Message = "Node {Name} begins another life, as a standby")]
    private partial void LogNewLife(string name);

    [LoggerMessage(EventId = 9005, Level = LogLevel.Critical, Message =
        "An operator declared this node lost: it ends. Start it again when that was a mistake")]
    private partial void LogDowned();

    [LoggerMessage(EventId = 9006, Level = LogLevel.Critical, Message =
        "Declared lost more than {PerMinute} times within a minute (actor-runtime.node.restarts-per-minute): the process ends")]
    private partial void LogTooManyLives(int perMinute);
}
