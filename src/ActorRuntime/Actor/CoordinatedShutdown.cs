using Microsoft.Extensions.Logging;

namespace ActorRuntime.Actor;

/// <summary>Ends a system in phases: tasks of one phase run together, a phase begins when all it depends on have ended. Any thread.</summary>
public sealed partial class CoordinatedShutdown : IExtension
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly ActorSystemImpl _system;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<ShutdownPhase> _phases;
    private readonly Dictionary<string, List<(string Name, Func<CancellationToken, Task> Run)>> _tasks = [];
    private readonly TaskCompletionSource<Done> _completion = new();
    private readonly Lock _lock = new();
    private Reason? _reason;

    private CoordinatedShutdown(ActorSystemImpl system)
    {
        var options = system.Settings.Shutdown;
        (_system, _phases) = (system, options.Ordered()!);
        _logger = system.LoggerFactory.CreateLogger<CoordinatedShutdown>();
        foreach (var phase in _phases) _tasks.Add(phase.Name, []);
        if (options.TerminateActorSystem && _tasks.ContainsKey(PhaseActorSystemTerminate))
        {
            AddTask(PhaseActorSystemTerminate, "terminate-system", _ => system.FinalTerminate());
        }
    }

    /// <summary>Why the system shuts down; null while it does not.</summary>
    public Reason? ShutdownReason => Volatile.Read(ref _reason);

    /// <summary>The sum of the time-outs of all phases: the longest a run can take.</summary>
    public TimeSpan TotalTimeout => _phases.Where(phase => phase.IsEnabled).Aggregate(TimeSpan.Zero, (sum, phase) => sum + phase.Timeout);

    /// <summary>The shutdown of <paramref name="sys"/>.</summary>
    public static CoordinatedShutdown Get(ActorSystem sys) => sys.WithExtension<CoordinatedShutdown, Id>();

    /// <summary>Adds a task to a phase. A phase that has begun takes it in no more.</summary>
    /// <param name="phase">A known phase.</param>
    /// <param name="taskName">Named in logs.</param>
    /// <param name="task">Started on no actor's turn.</param>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task) => AddTask(phase, taskName, _ => task());

    /// <summary>Adds a task to a phase; its token is cancelled when the phase's time is up.</summary>
    /// <inheritdoc cref="AddTask(string, string, Func{Task{Done}})"/>
    public void AddTask(string phase, string taskName, Func<CancellationToken, Task> task)
    {
        ArgumentException.ThrowIfNullOrEmpty(taskName);
        ArgumentNullException.ThrowIfNull(task);
        lock (_lock)
        {
            if (!_tasks.TryGetValue(phase, out var tasks))
            {
                throw new ArgumentException($"There is no phase '{phase}'; known are {string.Join(", ", _phases.Select(p => p.Name))}", nameof(phase));
            }

            tasks.Add((taskName, task));
        }
    }

    /// <summary>Time-out of a phase.</summary>
    public TimeSpan Timeout(string phase) => _phases.First(p => p.Name == phase).Timeout;

    /// <summary>Shuts down. Only the first call starts; all get the same task.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="fromPhase">Leaves out the phases before this one.</param>
    /// <returns>Done after the last phase; fails when a phase without <c>recover</c> failed, which ends the run there.</returns>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        var start = 0;
        if (fromPhase is not null)
        {
            while (start < _phases.Count && _phases[start].Name != fromPhase) start++;
            if (start == _phases.Count) throw new ArgumentException($"There is no phase '{fromPhase}'", nameof(fromPhase));
        }

        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            LogStart(reason.GetType().Name);
            _system.Environment.Executor.Execute(new RunItem(this, start), preferLocal: false);
        }

        return _completion.Task;
    }

    private async Task RunPhases(int start)
    {
        try
        {
            for (var i = start; i < _phases.Count; i++) await RunPhase(_phases[i]).ConfigureAwait(false);
            _completion.TrySetResult(Done.Instance);
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            _completion.TrySetException(cause);
        }
    }

    private async Task RunPhase(ShutdownPhase phase)
    {
        (string Name, Func<CancellationToken, Task> Run)[] tasks;
        lock (_lock) tasks = [.. _tasks[phase.Name]];
        if (!phase.IsEnabled || tasks.Length == 0) return;

        using var time = new CancellationTokenSource(phase.Timeout, _system.Environment.Time);
        var running = Array.ConvertAll(tasks, task => RunTask(phase, task.Name, task.Run, time.Token));
        try
        {
            await Task.WhenAll(running).WaitAsync(time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            var late = string.Join(", ", tasks.Where((_, i) => !running[i].IsCompleted).Select(task => task.Name));
            LogTimeout(phase.Name, phase.Timeout.TotalSeconds, late);
            if (!phase.Recover) throw new TimeoutException($"Phase {phase.Name} took longer than {phase.Timeout.TotalSeconds} s; not ended: {late}");
        }
    }

    private async Task RunTask(ShutdownPhase phase, string name, Func<CancellationToken, Task> run, CancellationToken token)
    {
        try
        {
            await run(token).ConfigureAwait(false);
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause) && phase.Recover)
        {
            LogTaskFailure(name, phase.Name, cause);
        }
    }

    [LoggerMessage(EventId = 1020, Level = LogLevel.Information, Message = "Shutting down: {Reason}")]
    private partial void LogStart(string reason);

    [LoggerMessage(EventId = 1021, Level = LogLevel.Warning, Message = "Phase {Phase} took longer than {Seconds} s; not ended: {Tasks}")]
    private partial void LogTimeout(string phase, double seconds, string tasks);

    [LoggerMessage(EventId = 1022, Level = LogLevel.Warning, Message = "Task {Task} of phase {Phase} failed")]
    private partial void LogTaskFailure(string task, string phase, Exception cause);

    /// <summary>Why a system shuts down. Applications may add their own.</summary>
    public class Reason
    {
        /// <summary>For subclasses.</summary>
        protected Reason()
        {
        }
    }

    /// <summary>Nobody said why.</summary>
    public sealed class UnknownReason : Reason
    {
        public static readonly Reason Instance = new UnknownReason();
    }

    /// <summary><see cref="ActorSystem.Terminate"/> was called.</summary>
    public sealed class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();
    }

    /// <summary>The node was declared down.</summary>
    public sealed class ClusterDowningReason : Reason
    {
        public static readonly Reason Instance = new ClusterDowningReason();
    }

    /// <summary>The node leaves the cluster.</summary>
    public sealed class ClusterLeavingReason : Reason
    {
        public static readonly Reason Instance = new ClusterLeavingReason();
    }

    private sealed class Id : ExtensionIdProvider<CoordinatedShutdown>
    {
        public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
    }

    private sealed class RunItem(CoordinatedShutdown shutdown, int start) : IThreadPoolWorkItem
    {
        public void Execute() => _ = shutdown.RunPhases(start);
    }
}
