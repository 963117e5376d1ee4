using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Persistence.Sql.Databases;

/// <summary>Runs blocking calls in order on one worker and answers for a disk that does not.</summary>
/// <param name="environment">Gives the worker and the clock of the time-out.</param>
/// <param name="name">Name of the worker.</param>
/// <param name="timeout">How long a caller waits for its turn and the answer.</param>
internal sealed class BlockingCalls(RuntimeEnvironment environment, string name, TimeSpan timeout) : IDisposable
{
    private readonly IWorker _worker = environment.StartWorker(name);
    private volatile bool _disposed;

    /// <summary>Runs <paramref name="call"/> after all earlier ones. A cancelled token keeps it from starting, not from finishing.</summary>
    /// <exception cref="StoreUnreachableException">It did not start in time and never will.</exception>
    /// <exception cref="UnansweredException">It started and gave no answer in time: it may still finish.</exception>
    public async Task<T> RunAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var pending = new PendingCall<T>(call);
        await using var registration = cancellationToken.UnsafeRegister(pending.Cancel, cancellationToken).ConfigureAwait(false);
        _worker.Post(pending.Run);
        try
        {
            return await pending.Task.WaitAsync(timeout, environment.Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (pending.Task.IsCompleted) return await pending.Task.ConfigureAwait(false); // Both were due: a process that was frozen goes on.
            if (pending.TryAbandon()) throw new StoreUnreachableException($"{name}: calls before this one took more than {timeout}");
            throw new UnansweredException($"{name}: no answer within {timeout}");
        }
    }

    /// <summary>Queued calls still run; no more are taken.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _worker.Dispose();
    }

    private sealed class PendingCall<T>(Func<T> call)
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _claimed;

        public Task<T> Task => _result.Task;

        /// <summary>Exactly one of the worker and the caller's patience decides whether the call starts.</summary>
        public bool TryAbandon() => Interlocked.Exchange(ref _claimed, 1) == 0;

        public void Cancel(object? token)
        {
            if (TryAbandon()) _result.TrySetCanceled((CancellationToken)token!);
        }

        public void Run()
        {
            if (!TryAbandon()) return;
            try
            {
                _result.TrySetResult(call());
            }
#pragma warning disable CA1031 // Whatever it is belongs to the caller, not to the worker's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _result.TrySetException(e);
            }
        }
    }
}

/// <summary>A call was started and has not answered in time; a write of it may be there, or come later.</summary>
internal sealed class UnansweredException(string message) : IOException(message);
