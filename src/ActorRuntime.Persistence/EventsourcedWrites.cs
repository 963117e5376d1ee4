using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence;

/// <content>From a call of <c>Persist</c> to its handler; the order of operations is <see cref="PersistQueue"/>'s.</content>
public abstract partial class Eventsourced
{
    private const ConfigureAwaitOptions OnActorWithoutThrowing =
        ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing;

    private readonly PersistQueue _queue = new();
    private Task? _append;
    private int _appendCount;
    private bool _isAppendSettled;
    private bool _isSignalled;

    private bool HoldsCommands => _queue.HoldsCommands || _queue.WaitingCount > _extension.Options.WaitingOperationsMax;

    private void Add<TEvent>(TEvent[] events, Action<TEvent>? handler, bool holdsCommands)
    {
        if (IsRecovering) throw new InvalidOperationException($"{PersistenceId}: events can be persisted from RecoveryCompleted on, not during replay");
        var operation = new PersistOperation<TEvent>(events, handler, holdsCommands, Cell.CurrentMessage, Cell.SenderOrNull);
        try
        {
            operation.Payloads = Array.ConvertAll(events, @event => _log.Converter.ToJournal(@event!));
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            operation.Rejection = new EventRejectedException($"{PersistenceId}: {cause.Message}", cause);
        }
        _queue.Add(operation);
    }

    private void Defer<TEvent>(TEvent evt, Action<TEvent> handler, bool holdsCommands)
    {
        if (IsRecovering) throw new InvalidOperationException($"{PersistenceId}: handlers can be deferred from RecoveryCompleted on, not during replay");
        if (_queue.IsEmpty) handler(evt);
        else _queue.Add(new PersistOperation<TEvent>([evt], handler, holdsCommands, Cell.CurrentMessage, Cell.SenderOrNull));
    }

    private bool Handle(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch
        {
            Flush();
            throw;
        }
    }

    private Task HandleAsync(Receive receive, object message)
    {
        Handle(receive, message);
        return Task.CompletedTask;
    }

    private async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action().ConfigureAwait(true);
        }
        finally
        {
            Flush();
        }
        await AwaitWritesAsync().ConfigureAwait(true);
    }

    private void Continue()
    {
        DrainOrSignal();
        if (HoldsCommands) ActorTaskScheduler.RunTask(AwaitWritesAsync);
        else SignalCompletion();
    }

    private async Task AwaitWritesAsync()
    {
        DrainOrSignal();
        while (HoldsCommands && _append is { } append)
        {
            await append.ConfigureAwait(OnActorWithoutThrowing);
            DrainOrSignal();
        }
        SignalCompletion();
    }

    private async Task EndWhenWrittenAsync()
    {
        try
        {
            await DrainAsync().ConfigureAwait(true);
        }
        finally
        {
            Cell.Stop(Self);
        }
    }

    /// <summary>What is left after a failed handler goes on by itself, if the supervisor resumes the actor.</summary>
    private void DrainOrSignal()
    {
        try
        {
            Drain();
        }
        catch
        {
            Self.Tell(WritesCompleted.Instance, ActorRefs.NoSender);
            throw;
        }
    }

    /// <summary>All that was called so far, whether commands wait for it or not.</summary>
    private async Task DrainAsync()
    {
        DrainOrSignal();
        while (!_isEnding && _append is { } append)
        {
            await append.ConfigureAwait(OnActorWithoutThrowing);
            DrainOrSignal();
        }
    }

    private void Drain()
    {
        while (!_isEnding && Flush() && _append!.IsCompleted)
        {
            if (!_isAppendSettled && !TrySettle(_append)) continue;
            while (!_isEnding && _queue.TryPeekStored(out var operation)) HandleNext(operation);
            _append = null;
        }
    }

    /// <summary>Hands the next operations to the log unless an append is under way.</summary>
    /// <returns>False when there is nothing to wait for.</returns>
    private bool Flush()
    {
        if (_append is not null) return true;
        if (_queue.IsEmpty || _isEnding) return false;
        var time = Cell.System.Environment.Time;
        var events = _queue.Send(PersistenceId, _log.Events.Writer, _lastWritten, time.GetUtcNow(), _extension.Options.AppendOperationsMax);
        (_appendCount, _isAppendSettled) = (events.Count, false);
        _append = events.Count == 0 ? Task.CompletedTask : _log.Events.AppendAsync(events);
        if (!_append.IsCompleted) _append = _append.WaitAsync(_extension.Options.WriteTimeout, time);
        return true;
    }

    /// <returns>True when the handlers of this append come next.</returns>
    private bool TrySettle(Task append)
    {
        _isAppendSettled = true;
        if (append.IsCompletedSuccessfully)
        {
            _lastWritten += _appendCount;
            return true;
        }
        var cause = append.Exception?.InnerException ?? new TaskCanceledException(append);
        if (cause is EventRejectedException)
        {
            _queue.OnRejected(cause);
            _append = _queue.TryPeekStored(out _) ? Task.CompletedTask : null;
            return false;
        }
        _isEnding = true;
        if (_queue.Clear() is { } first) OnPersistFailure(cause, first.EventAt(first.Handled), first.FirstSequenceNr + first.Handled);
        Cell.Stop(Self);
        return false;
    }

    private void HandleNext(PersistOperation operation)
    {
        var (message, sender) = (Cell.CurrentMessage, Cell.SenderOrNull);
        Cell.SetCurrent(operation.Message, operation.Sender);
        var sequenceNr = operation.FirstSequenceNr + operation.Handled;
        if (operation.Rejection is { } rejection)
        {
            OnPersistRejected(rejection, operation.SkipNext(), sequenceNr);
        }
        else
        {
            if (!operation.IsDeferred)
            {
                LastSequenceNr = sequenceNr;
                if (HeldState is not null) OnStored(operation.EventAt(operation.Handled));
            }
            operation.HandleNext();
        }
        Cell.SetCurrent(message, sender);
    }

    private void SignalCompletion()
    {
        if (_isSignalled || _append is not { } append) return;
        _isSignalled = true;
        append.ContinueWith(
            static (_, self) => ((IActorRef)self!).Tell(WritesCompleted.Instance, ActorRefs.NoSender),
            Self, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Report(Task task, object success, Func<Exception, object> failure)
    {
        var self = Self;
        if (!task.IsCompleted) task = task.WaitAsync(_extension.Options.WriteTimeout, Cell.System.Environment.Time);
        task.ContinueWith(
            ended => self.Tell(ended.IsCompletedSuccessfully ? success : failure(ended.Exception?.InnerException ?? new TaskCanceledException(ended)), ActorRefs.NoSender),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Tells the actor itself that the append under way has ended.</summary>
    private sealed class WritesCompleted : INotInfluenceReceiveTimeout
    {
        public static readonly WritesCompleted Instance = new();
    }
}
