namespace ActorRuntime.Persistence.Local;

/// <summary>The one worker that flushes: all logs that wait when a pass begins are flushed in it, and all callers of a log share its flush.</summary>
/// <param name="interval">How long <see cref="EnqueueLater"/> may wait.</param>
internal sealed class Flusher(RuntimeEnvironment environment, TimeSpan interval) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly IWorker _worker = environment.StartWorker("blocks-flush");
    private List<SegmentLog> _queued = [];
    private List<SegmentLog> _pass = [];
    private bool _isPosted;
    private ITimer? _timer;
    private Action? _run;

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
        foreach (var log in _pass) log.FlushOnWorker();
        _pass.Clear();
    }
}
