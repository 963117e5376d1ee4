using ActorRuntime.Util;

namespace ActorRuntime.TestKit;

/// <summary>An environment whose clock stands still until it is moved, and whose work waits until it is told to run. One thread.</summary>
/// <remarks>
/// Mailboxes, timers and workers run inside <see cref="RunUntilIdle"/>, <see cref="Advance"/> and <see cref="RunUntil"/> only, in the order they were queued, so a test sees the same
/// history every time. It has no networks: several nodes need the simulator or real sockets.
/// </remarks>
public sealed class ManualEnvironment : RuntimeEnvironment, IExecutor
{
    private const int StepsMax = 10_000_000;

    private readonly ulong _seed;
    private readonly ManualTimeProvider _time = new();
    private readonly Queue<IThreadPoolWorkItem> _queue = [];
    private readonly Lock _lock = new();

    /// <summary>Starts at 2025-01-01T00:00:00Z.</summary>
    /// <param name="seed">Seeds all random streams.</param>
    public ManualEnvironment(ulong seed = 1) => _seed = seed;

    /// <inheritdoc/>
    public override TimeProvider Time => _time;

    /// <inheritdoc/>
    public override MonotonicTime Now => new(_time.GetTimestamp());

    /// <inheritdoc/>
    public override IExecutor Executor => this;

    /// <inheritdoc/>
    public override HostInformation Host { get; } = new("manual", "manual-boot", ProcessId: 1, ProcessorCount: 1);

    /// <inheritdoc/>
    public override IStreamNetwork Streams => throw NoNetwork();

    /// <inheritdoc/>
    public override IDatagramNetwork Datagrams => throw NoNetwork();

    /// <inheritdoc/>
    public override ILockFiles LockFiles { get; } = new ManualLockFiles();

    /// <inheritdoc/>
    public override IDurableFiles Files { get; } = new ManualFiles();

    /// <summary>Timers that are armed.</summary>
    public int TimerCount => _time.ArmedCount;

    /// <summary>True when nothing waits to run before the clock moves.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return _queue.Count == 0;
        }
    }

    /// <inheritdoc/>
    public override Prng Random(string purpose) => Prng.For(_seed, purpose);

    /// <inheritdoc/>
    public override IWorker StartWorker(string name) => new ManualWorker(this);

    /// <inheritdoc/>
    public void Execute(IThreadPoolWorkItem item, bool preferLocal)
    {
        lock (_lock) _queue.Enqueue(item);
    }

    /// <summary>Runs all that is queued and all that it queues; the clock stands.</summary>
    /// <exception cref="InvalidOperationException">It does not come to rest.</exception>
    public void RunUntilIdle() => RunUntil(static () => false, TimeSpan.Zero);

    /// <summary>Moves the clock, firing timers at their times and running what they cause.</summary>
    public void Advance(TimeSpan time) => RunUntil(static () => false, time);

    /// <summary>Runs, moving the clock from timer to timer, until <paramref name="condition"/> holds or <paramref name="limit"/> has passed.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        // Under a test runner's context continuations would leave for the thread pool instead of running here.
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Step(condition, _time.GetTimestamp() + limit.Ticks);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private static InvalidOperationException NoNetwork() =>
        new("ManualEnvironment has no networks; use the simulator's environment, or ProductionEnvironment with loopback ports");

    private bool Step(Func<bool> condition, long deadline)
    {
        for (var steps = 0; steps < StepsMax; steps++)
        {
            if (condition()) return true;
            if (TryTake() is { } item) item.Execute();
            else if (!_time.FireNext(deadline)) return condition();
        }

        throw new InvalidOperationException($"Not at rest after {StepsMax} steps: something queues work for ever");
    }

    private IThreadPoolWorkItem? TryTake()
    {
        lock (_lock) return _queue.TryDequeue(out var item) ? item : null;
    }

    private sealed class ManualWorker(ManualEnvironment environment) : IWorker
    {
        private bool _isDisposed;

        public void Post(Action work)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            environment.Execute(new WorkItem(work), preferLocal: false);
        }

        public void Dispose() => _isDisposed = true;
    }

    private sealed class WorkItem(Action work) : IThreadPoolWorkItem
    {
        public void Execute() => work();
    }

    private sealed class ManualFiles : IDurableFiles
    {
        private readonly Dictionary<string, string> _files = [];

        public string? Read(string path) => _files.GetValueOrDefault(path);

        public void Replace(string path, string content) => _files[path] = content;
    }

    private sealed class ManualLockFiles : ILockFiles
    {
        private readonly Dictionary<string, string> _held = [];

        public ILockFile? TryAcquire(string path, string content) => _held.TryAdd(path, content) ? new Held(_held, path) : null;

        public bool IsHolderGone(string path, string content) => false;

        private sealed class Held(Dictionary<string, string> held, string path) : ILockFile
        {
            public void Rewrite(string content) => held[path] = content;

            public void Dispose() => held.Remove(path);
        }
    }
}
