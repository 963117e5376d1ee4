using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Event;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Persistence;

/// <summary>Base of persistent actors: state from stored events, commands that store new ones.</summary>
/// <remarks>
/// While the actor recovers, or waits for <c>Persist</c>, its mailbox is held: no command overtakes an event, and nothing has to be stashed for that. Handlers of
/// <c>PersistAsync</c> come as messages between commands. Handlers run in the order of the calls, whatever their kind, with the sender of
/// the command that asked for them.
/// Events of a command are stored also when the command fails afterwards.
/// </remarks>
public abstract partial class Eventsourced : ActorBase, IWithStash
{
    private PersistenceExtension _extension = null!; // From start on.
    private EventLogBinding _log = null!; // Likewise.
    private bool _isEnding;
    private long _lastWritten;
    private Action? _endRecovery;

    /// <summary>The identity of the state, unique over all actors that share the log. The same for every incarnation.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>How to recover. Default: the newest snapshot and all events after it.</summary>
    public virtual Recovery Recovery => Recovery.Default;

    /// <summary>Which journal of <see cref="PersistenceSetup"/>; empty for the default one. Without meaning below an actor that
    /// <see cref="PersistenceExtension.Bind"/> gave a log.</summary>
    public string JournalPluginId { get; protected set; } = "";

    /// <summary>Which snapshot store; as <see cref="JournalPluginId"/>.</summary>
    public string SnapshotPluginId { get; protected set; } = "";

    /// <summary>Sequence number of the event handled last, in recovery or after its storing.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>Under whose authority its events are written, in this life.</summary>
    internal WriterFence Writer => _log.Events.Writer;

    /// <summary>Sequence number for a snapshot of the present state.</summary>
    public long SnapshotSequenceNr => LastSequenceNr;

    /// <summary>True until <see cref="RecoveryCompleted"/>.</summary>
    public bool IsRecovering { get; private set; } = true;

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <summary>Log of the actor.</summary>
    protected ILoggingAdapter Log => field ??= Logging.GetLogger(Cell.System, this);

    /// <inheritdoc/>
    public override void AroundPreStart()
    {
        base.AroundPreStart();
        Start();
    }

    /// <inheritdoc/>
    public override void AroundPostRestart(Exception cause, object? message)
    {
        base.AroundPostRestart(cause, message);
        Start();
    }

    /// <inheritdoc/>
    public override void AroundPreRestart(Exception cause, object? message)
    {
        End();
        base.AroundPreRestart(cause, message);
    }

    /// <inheritdoc/>
    public override void AroundPostStop()
    {
        End();
        base.AroundPostStop();
    }

    /// <summary>Stores an event, then handles it; commands wait until then.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler) => Add([@event], handler, holdsCommands: true);

    /// <summary>Stores events all or none, then handles each; commands wait until then.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent>? handler = null) => Add([.. events], handler, holdsCommands: true);

    /// <summary>Stores an event, then handles it; commands go on meanwhile.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler) => Add([@event], handler, holdsCommands: false);

    /// <summary>Stores events all or none, then handles each; commands go on meanwhile.</summary>
    /// <inheritdoc cref="Persist"/>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent>? handler = null) =>
        Add([.. events], handler, holdsCommands: false);

    /// <summary>Calls the handler after those of all earlier events, at once when there are none; stores nothing.</summary>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler) => Defer(evt, handler, holdsCommands: false);

    /// <summary>As <see cref="DeferAsync"/>; commands wait until then.</summary>
    public void Defer<TEvent>(TEvent evt, Action<TEvent> handler) => Defer(evt, handler, holdsCommands: true);

    /// <summary>Saves a snapshot; <see cref="SaveSnapshotSuccess"/> or <see cref="SaveSnapshotFailure"/> follows as a message.</summary>
    public void SaveSnapshot(object snapshot)
    {
        // Stores keep milliseconds.
        var now = Cell.System.Environment.Time.GetUtcNow();
        var metadata = new SnapshotMetadata(PersistenceId, SnapshotSequenceNr, DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()).UtcDateTime);
        try
        {
            var (serializerId, manifest, bytes) = _log.Converter.Serialize(ToSnapshot(snapshot));
            var saving = _log.Snapshots.SaveAsync(_log.Events.Writer, new StoredSnapshot(metadata, manifest, serializerId, bytes));
            Report(saving, new SaveSnapshotSuccess(metadata), cause => new SaveSnapshotFailure(metadata, cause));
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            Self.Tell(new SaveSnapshotFailure(metadata, cause), ActorRefs.NoSender);
        }
    }

    /// <summary>Deletes the snapshot of a sequence number; <see cref="DeleteSnapshotSuccess"/> or <see cref="DeleteSnapshotFailure"/> follows.
    /// </summary>
    public void DeleteSnapshot(long sequenceNr)
    {
        var metadata = new SnapshotMetadata(PersistenceId, sequenceNr, DateTime.MinValue);
        var criteria = new SnapshotSelectionCriteria(sequenceNr, DateTime.MaxValue, sequenceNr);
        var deleting = _log.Snapshots.DeleteAsync(_log.Events.Writer, PersistenceId, criteria.Below(LastSequenceNr));
        Report(deleting, new DeleteSnapshotSuccess(metadata), cause => new DeleteSnapshotFailure(metadata, cause));
    }

    /// <summary>Deletes the snapshots within bounds; <see cref="DeleteSnapshotsSuccess"/> or <see cref="DeleteSnapshotsFailure"/> follows.
    /// </summary>
    /// <param name="criteria">Snapshots above <see cref="LastSequenceNr"/> are a successor's and stay.</param>
    public void DeleteSnapshots(SnapshotSelectionCriteria criteria) => Report(
        _log.Snapshots.DeleteAsync(_log.Events.Writer, PersistenceId, criteria.Below(LastSequenceNr)),
        new DeleteSnapshotsSuccess(criteria), cause => new DeleteSnapshotsFailure(criteria, cause));

    /// <summary>Deletes events up to and including a number; <see cref="DeleteMessagesSuccess"/> or <see cref="DeleteMessagesFailure"/>
    /// follows.</summary>
    /// <param name="toSequenceNr">At most <see cref="LastSequenceNr"/>; <see cref="long.MaxValue"/> deletes all up to it.</param>
    public void DeleteMessages(long toSequenceNr)
    {
        var to = toSequenceNr == long.MaxValue ? LastSequenceNr : toSequenceNr;
        var deleting = to <= LastSequenceNr
            ? _log.Events.DeleteAsync(PersistenceId, to)
            : Task.FromException(new ArgumentOutOfRangeException(nameof(toSequenceNr), to, $"above the last event, {LastSequenceNr}"));
        Report(deleting, new DeleteMessagesSuccess(to), cause => new DeleteMessagesFailure(cause, to));
    }

    /// <summary>Runs an async operation as part of the current handler; its events are stored before the next command.</summary>
    protected void RunTask(Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ActorTaskScheduler.RunTask(() => RunAsync(action));
    }

    /// <summary>Handles snapshot offer, events and <see cref="RecoveryCompleted"/>.</summary>
    /// <returns>False when the message was not taken.</returns>
    protected abstract bool ReceiveRecover(object message);

    /// <summary>Handles commands.</summary>
    /// <returns>False when the message was not taken.</returns>
    protected abstract bool ReceiveCommand(object message);

    /// <summary>Called when an event may not have been stored; the actor stops afterwards: what it believes and what is stored differ.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause, "{PersistenceId}: event {SequenceNr} ({Event}) was not stored or is unknown, the actor stops: {Reason}",
        PersistenceId, sequenceNr, @event.GetType().Name, cause.Message);

    /// <summary>Called when an event cannot be stored at all; its handler does not run and the actor goes on.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) => Log.Error(
        cause, "{PersistenceId}: event {SequenceNr} ({Event}) was rejected: {Reason}", PersistenceId, sequenceNr, @event.GetType().Name, cause.Message);

    /// <summary>Called when the state cannot be rebuilt; the actor stops afterwards.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What was being handled, if a handler failed.</param>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null) => Log.Error(
        reason, "{PersistenceId}: recovery failed after event {SequenceNr}, the actor stops: {Reason}", PersistenceId, LastSequenceNr, reason.Message);

    /// <summary>Called when all events are replayed, before <see cref="RecoveryCompleted"/>.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    /// <inheritdoc/>
    protected internal override bool AroundReceive(Receive receive, object message)
    {
        if (Deliveries?.TryHandle(message) == true) return true;
        if (message is WritesCompleted)
        {
            _isSignalled = false;
            Continue();
            return true;
        }
        if (HoldsCommands)
        {
            // A handler failed and the supervisor resumed the actor: the rest of that command comes first.
            ActorTaskScheduler.RunTask(async () =>
            {
                await AwaitWritesAsync().ConfigureAwait(true);
                if (!_isEnding) await RunAsync(() => HandleAsync(receive, message)).ConfigureAwait(true);
            });
            return true;
        }
        var isHandled = Handle(receive, message);
        if (Cell.ExtrasOrNull?.AsyncHandler is null) Continue(); // An async one continues by itself.
        return isHandled;
    }

    /// <summary>What commands before the pill asked to be stored is stored, and its handlers have run, before the actor ends.</summary>
    internal override void OnPoisonPill()
    {
        if (_append is null && _queue.IsEmpty) base.OnPoisonPill();
        else ActorTaskScheduler.RunTask(EndWhenWrittenAsync);
    }

    /// <inheritdoc/>
    protected sealed override bool Receive(object message) => ReceiveCommand(message);

    /// <inheritdoc/>
    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case RecoveryCompleted: break;
            case SaveSnapshotFailure failure: WarnOf("snapshot was not saved", failure.Cause); break;
            case DeleteMessagesFailure failure: WarnOf("events were not deleted", failure.Cause); break;
            case DeleteSnapshotFailure failure: WarnOf("snapshot was not deleted", failure.Cause); break;
            case DeleteSnapshotsFailure failure: WarnOf("snapshots were not deleted", failure.Cause); break;
            default: base.Unhandled(message); break;
        }
    }

    private protected SessionOptions SessionOptions => _extension.Options.Sessions;

    /// <summary>Ends the declaration of handlers, where there is one.</summary>
    internal virtual void EndDeclaration()
    {
    }

    /// <summary>What is stored for a snapshot of the actor's own.</summary>
    internal virtual object ToSnapshot(object snapshot) => snapshot;

    /// <summary>Messages that are sent until they are confirmed, where the actor sends such.</summary>
    private protected virtual DeliveryDriver? Deliveries => null;

    private void WarnOf(string what, Exception cause) => Log.Warning(cause, "{PersistenceId}: {What}: {Reason}", PersistenceId, what, cause.Message);

    // --- start and recovery

    private void Start()
    {
        EndDeclaration();
        _extension = Persistence.Instance.Get(Cell.System);
        _log = _extension.LogOf((IInternalActorRef)Self, JournalPluginId, SnapshotPluginId);
        ActorTaskScheduler.RunTask(TryAttach() ? CompleteAsync : RecoverAsync);
    }

    private void End()
    {
        Deliveries?.Stop();
        _endRecovery?.Invoke();
    }

    private async Task RecoverAsync()
    {
        var run = new RecoveryRun(PersistenceId, Recovery, _log, Replay);
        try
        {
            _lastWritten = await ReplayWithPermitAsync(run).ConfigureAwait(true);
            Deliveries?.Start();
            OnReplaySuccess();
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            if (_isEnding) return;
            _isEnding = true;
            OnRecoveryFailure(cause, run.Current);
            Cell.Stop(Self);
            return;
        }
        LastSequenceNr = _lastWritten;
        await CompleteAsync().ConfigureAwait(true);
    }

    private async Task CompleteAsync()
    {
        IsRecovering = false;
        await RunAsync(() =>
        {
            if (!ReceiveRecover(RecoveryCompleted.Instance)) Unhandled(RecoveryCompleted.Instance);
            return Task.CompletedTask;
        }).ConfigureAwait(true);
        _isComplete = true;
    }

    private async Task<long> ReplayWithPermitAsync(RecoveryRun run)
    {
        var timeout = _extension.Options.RecoveryTimeout;
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, Cell.System.Environment.Time);
        _endRecovery = () =>
        {
            _isEnding = true;
            silence.Cancel();
        };
        try
        {
            long last;
            await _extension.Permits.AcquireAsync(silence.Token).ConfigureAwait(true);
            try
            {
                silence.CancelAfter(timeout);
                last = await run.RunAsync(() => silence.CancelAfter(timeout), silence.Token).ConfigureAwait(true);
            }
            finally
            {
                _extension.Permits.Release();
            }
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            if (_log.Events is IFollowedEventLog followed && Recovery.ToSequenceNr == long.MaxValue)
                last = await run.FollowAsync(followed, last, silence.Token).ConfigureAwait(true);
            while (_log.Events.WhenServing is { IsCompleted: false } serving) await serving.WaitAsync(silence.Token).ConfigureAwait(true);
            return last;
        }
        catch (OperationCanceledException e) when (!_isEnding)
        {
            throw new RecoveryTimedOutException($"{PersistenceId}: the log gave no answer within {timeout} (recovery-timeout)", e);
        }
        finally
        {
            _endRecovery = null;
        }
    }

    private void Replay(long sequenceNr, object message)
    {
        if (_isEnding) throw new OperationCanceledException();
        LastSequenceNr = sequenceNr;
        Cell.IsStandby = !_log.Events.WhenServing.IsCompleted;
        try
        {
            if (!ReceiveRecover(message)) Unhandled(message);
        }
        finally
        {
            Cell.IsStandby = false;
        }
    }
}
