namespace ActorRuntime.Persistence;

/// <summary>Bounds the recoveries under way in one system; first come, first served. Any thread.</summary>
internal sealed class RecoveryPermits(int max)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _free = max;

    /// <summary>Completes when a recovery may begin; <see cref="Release"/> it in any case once it has.</summary>
    /// <exception cref="OperationCanceledException">The actor ended first; nothing is to be released.</exception>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> waiter;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return;
            }
            waiter = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        await using var registration = cancellationToken.UnsafeRegister((_, token) => Cancel(waiter, token), null).ConfigureAwait(false);
        await waiter.Value.Task.ConfigureAwait(false);
    }

    public void Release()
    {
        lock (_lock)
        {
            if (_waiting.First is not { } next)
            {
                _free++;
                return;
            }
            _waiting.RemoveFirst();
            next.Value.SetResult();
        }
    }

    private void Cancel(LinkedListNode<TaskCompletionSource> waiter, CancellationToken token)
    {
        lock (_lock)
        {
            if (waiter.List is null) return; // It has its permit already and will release it.
            _waiting.Remove(waiter);
            waiter.Value.SetCanceled(token);
        }
    }
}
