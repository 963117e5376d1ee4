using System.Threading.Tasks.Sources;

namespace ActorRuntime.Remote.Transport;

/// <summary>Wakes one waiting loop through the executor; signals while it runs are remembered as one. Allocates nothing.</summary>
/// <param name="executor">Where the loop goes on.</param>
internal sealed class AsyncSignal(IExecutor executor) : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Idle = 0, Signalled = 1, Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    /// <summary>Any thread; never runs the loop before it returns.</summary>
    public void Set()
    {
        if (Volatile.Read(ref _state) == Signalled) return;
        if (Interlocked.Exchange(ref _state, Signalled) == Waiting) executor.Execute(this, preferLocal: true);
    }

    /// <summary>Completes at the next signal, or at once when there was one since the last wait. The loop only, one wait at a time.</summary>
    public ValueTask WaitAsync()
    {
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _source.Version);
        Interlocked.Exchange(ref _state, Idle); // Full fence: what was queued before the signal is visible to the loop now.
        return ValueTask.CompletedTask;
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _state, Idle);
        _source.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
