namespace ActorRuntime.Persistence.Local;

/// <summary>The one worker that flushes: all logs that wait when a pass begins are flushed in it, and all callers of a log share its
/// flush.</summary>
/// <remarks>Flushes of different logs in a pass are asked for at the same time, by helpers: the kernel makes one flush of the device of
/// them.</remarks>
/// <param name="interval">How long <see cref="EnqueueLater"/> may wait.</param>
/// <param name="atOnce">Most flushes at a time.</param>
internal sealed class Flusher(RuntimeEnvironment environment, TimeSpan interval, int atOnce) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IWorker _worker = environment.StartWorker("blocks-flush");
    private List<SegmentLog> _queued = [];
    private List<SegmentLog> _pass = [];
    private bool _isPosted;
    private ITimer? _timer;
    private Action? _run;
    private Action? _help;
    private int _taken;

    /// <summary>One less than flushes at a time, for the worker itself is the first; started when a pass first has work for them.</summary>
    private readonly List<IWorker> _helpers = [];
    private readonly CountdownEvent _helping = new(0);

    /// <summary>The log is flushed in the next pass. Any thread.</summary>
    public void Enqueue(SegmentLog log)
    {
        lock (_lock)
        {
            Add(log);
            if (_isPosted) return;
            _isPosted = true;
        }
        _worker.Post(_run ??= Run);
    }

    /// <summary>The log is flushed within the interval. Any thread.</summary>
    public void EnqueueLater(SegmentLog log)
    {
        lock (_lock)
        {
            Add(log);
            if (_isPosted || _timer is not null) return;
            _timer = environment.Time.CreateTimer(static self => ((Flusher)self!).OnTime(), this, interval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs something on the worker after what waits there.</summary>
    public Task RunAsync(Action work) => WorkerTask.RunAsync(_worker, work);

    /// <summary>Ends the worker behind what was queued before.</summary>
    public void Dispose()
    {
        lock (_lock) _timer?.Dispose();
        _worker.Dispose();
        foreach (var helper in _helpers) helper.Dispose();
        _helping.Dispose();
    }

    private void Add(SegmentLog log)
    {
        if (log.IsQueued) return;
        log.IsQueued = true;
        _queued.Add(log);
    }

    private void OnTime()
    {
        lock (_lock)
        {
            if (_isPosted) return;
            _isPosted = true;
        }
        try
        {
            _worker.Post(_run ??= Run);
        }
        catch (InvalidOperationException)
        {
            // The store was closed meanwhile, and each of its logs flushed.
        }
    }

    private void Run()
    {
        lock (_lock)
        {
            (_queued, _pass, _isPosted) = (_pass, _queued, false);
            foreach (var log in _pass) log.IsQueued = false;
            _timer?.Dispose();
            _timer = null;
        }
        var helpers = Math.Min(atOnce, _pass.Count) - 1;
        _taken = -1;
        if (helpers > 0)
        {
            while (_helpers.Count < helpers) _helpers.Add(environment.StartWorker($"blocks-flush-{_helpers.Count + 2}"));
            _helping.Reset(helpers);
            for (var i = 0; i < helpers; i++) _helpers[i].Post(_help ??= Help);
        }
        FlushSome();
        if (helpers > 0) _helping.Wait();
        _pass.Clear();
    }

    private void Help()
    {
        FlushSome();
        _helping.Signal();
    }

    private void FlushSome()
    {
        while (Interlocked.Increment(ref _taken) is var next && next < _pass.Count) _pass[next].FlushOnWorker();
    }
}
