using ActorRuntime.Persistence.Journal;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>Something the journal's writer has to do, in its turn.</summary>
/// <param name="deadline">From here on its caller is told that it failed.</param>
internal abstract class JournalOperation(MonotonicTime deadline)
{
    private int _claimed;

    public MonotonicTime Deadline { get; } = deadline;

    /// <summary>True once: either the writer starts it, or the watch gives it up before it started.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>Answers the caller, if nobody did yet.</summary>
    public abstract void Fail(Exception cause);
}

/// <summary>One actor's append.</summary>
internal sealed class AppendOperation(IReadOnlyList<JournalEvent> events, MonotonicTime deadline) : JournalOperation(deadline)
{
    // Continuations run elsewhere: the writer's thread belongs to the disk.
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<JournalEvent> Events { get; } = events;

    public WriterFence Writer => Events[0].Writer;

    /// <summary>Why the transaction under way left it out; null when it is in.</summary>
    public Exception? Refusal { get; set; }

    public Task Task => _done.Task;

    /// <summary>Answers with what the committed transaction did.</summary>
    public void Complete()
    {
        if (Refusal is { } refusal) _done.TrySetException(refusal);
        else _done.TrySetResult();
    }

    public override void Fail(Exception cause) => _done.TrySetException(cause);
}

/// <summary>Anything else, in a transaction of its own.</summary>
internal sealed class CallOperation<T>(Func<IJournalConnection, T> call, MonotonicTime deadline) : CallOperation(deadline)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _done.Task;

    public override void Run(IJournalConnection connection) => _done.TrySetResult(call(connection));

    public override void Fail(Exception cause) => _done.TrySetException(cause);
}

/// <inheritdoc cref="CallOperation{T}"/>
internal abstract class CallOperation(MonotonicTime deadline) : JournalOperation(deadline)
{
    public abstract void Run(IJournalConnection connection);
}
