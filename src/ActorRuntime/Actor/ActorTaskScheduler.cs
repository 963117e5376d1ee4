using System.Runtime.ExceptionServices;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Runs one async handler and everything it continues with on the turn of its actor.</summary>
/// <remarks>
/// One instance per handler run, because it remembers that run's message and sender: they are back after each await, and in continuations nobody waits for.
/// Continuations travel as system messages, so they overtake the user messages that are held until the handler ends.
/// After the actor's end they still run, without a context, so that <c>finally</c> blocks are not lost.
/// </remarks>
public sealed class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;
    private readonly object? _message;
    private readonly IActorRef? _sender;
    private bool _isRunning;

    private ActorTaskScheduler(ActorCell cell) => (_cell, _message, _sender) = (cell, cell.CurrentMessage, cell.SenderOrNull);

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs <paramref name="action"/> as part of the current handler: user messages wait for its end, its exception goes to the supervisor.</summary>
    /// <exception cref="InvalidOperationException">No handler runs on this thread, or an async one does: await there instead.</exception>
    public static void RunTask(Func<Task> action) => RunTask(static run => run(), action);

    internal static void RunTask<T>(Func<T, Task> handler, T message)
    {
        var cell = ActorCell.Current ?? throw new InvalidOperationException("RunTask works only inside a handler of an actor");
        if (cell.Extras.AsyncHandler is not null) throw new InvalidOperationException($"{cell.Self} runs an async handler already; await the task there instead of calling RunTask");

        var scheduler = new ActorTaskScheduler(cell);
        var start = new Task<Task>(() => handler(message));
        scheduler._isRunning = true;
        start.RunSynchronously(scheduler);
        scheduler._isRunning = false;

        var task = start.IsFaulted ? start : start.Result ?? Task.CompletedTask;
        if (task.IsCompleted)
        {
            if (FailureOf(task) is { } cause) ExceptionDispatchInfo.Throw(cause);
            return;
        }

        cell.Extras.AsyncHandler = scheduler;
        cell.Mailbox.Suspend();
        task.ContinueWith(
            static (ended, state) => ((ActorTaskScheduler)state!).Complete(ended), scheduler, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, scheduler);
    }

    /// <summary>The handler still runs, but nobody waits for it any more: its actor failed, restarts or ends.</summary>
    internal void Abandon()
    {
        if (!ReferenceEquals(_cell.Extras.AsyncHandler, this)) return;
        _cell.Extras.AsyncHandler = null;
        _cell.Mailbox.Resume();
    }

    internal void Run(Task task)
    {
        var isOwn = ReferenceEquals(_cell.Extras.AsyncHandler, this);
        var (message, sender) = (_cell.CurrentMessage, _cell.SenderOrNull);
        _cell.SetCurrent(_message, _sender);
        _isRunning = true;
        TryExecuteTask(task);
        _isRunning = false;
        if (!isOwn) _cell.SetCurrent(message, sender);
    }

    internal void RunDetached(Task task) => TryExecuteTask(task);

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _cell.Mailbox.PostSystem(new Continuation(this, task));

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(ActorCell.Current, _cell) && _isRunning && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private static Exception? FailureOf(Task task)
    {
        if (task.IsCanceled) return new TaskCanceledException(task);
        return task.Exception is { } all ? all.InnerExceptions.Count == 1 ? all.InnerException : all : null;
    }

    private void Complete(Task task)
    {
        var cause = FailureOf(task);
        if (!ReferenceEquals(_cell.Extras.AsyncHandler, this)) return;
        if (cause is not null)
        {
            FaultHandling.HandleFailure(_cell, cause);
            return;
        }

        Abandon();
        _cell.EndMessage();
    }
}
