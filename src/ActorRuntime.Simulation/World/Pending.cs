namespace ActorRuntime.Simulation.World;

/// <summary>A call that a process waits for. It is answered as work of that process, in the simulator's thread: nothing leaves for the thread pool.</summary>
internal sealed class Pending<T> : IThreadPoolWorkItem
{
    // Continuations run in place: the answer is a step of its own already.
    private readonly TaskCompletionSource<T> _task = new();
    private readonly SimulatedProcess _process;
    private readonly CancellationTokenRegistration _cancellation;
    private Func<T>? _answer;
    private bool _isAnswered;

    public Pending(SimulatedProcess process, CancellationToken cancellationToken)
    {
        _process = process;
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((Pending<T>)state!).Answer(() => throw new OperationCanceledException(token)), this);
        }
    }

    public Task<T> Task => _task.Task;

    /// <summary>True once an answer is on its way, or the caller has given up.</summary>
    public bool IsAnswered => _isAnswered;

    /// <summary>Answers soon with what <paramref name="answer"/> returns or throws then; the first answer counts.</summary>
    public void Answer(Func<T> answer)
    {
        if (_isAnswered) return;
        (_isAnswered, _answer) = (true, answer);
        _process.Ready(this);
    }

    public void Execute()
    {
        _cancellation.Unregister();
#pragma warning disable CA1031 // Whatever it is belongs to the caller.
        T result;
        try
        {
            result = _answer!();
        }
        catch (OperationCanceledException e)
        {
            _task.SetCanceled(e.CancellationToken);
            return;
        }
        catch (Exception e)
        {
            _task.SetException(e);
            return;
        }
#pragma warning restore CA1031
        _task.SetResult(result);
    }
}
