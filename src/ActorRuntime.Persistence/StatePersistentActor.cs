using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sessions;

namespace ActorRuntime.Persistence;

/// <summary>A persistent actor whose state is kept apart from its behaviour: only <see cref="Apply"/> changes it, one event at a time, in replay,
/// on standbys and after storing alike.</summary>
/// <remarks>
/// Each stored event is applied before the handler given to <c>Persist</c> runs, so handlers only act: answer, start timers, change the behaviour.
/// <para>When such an actor fails and its supervisor says <see cref="Directive.Resume"/>, what it has asked to be stored is stored and
/// handled, then a new instance gets the state as it is: nothing is replayed. To the instances that is a restart: <c>PreRestart</c>, constructor,
/// <c>PostRestart</c>, <see cref="RecoveryCompleted"/>; children and timers end, stashed messages return to the mailbox. When an event was
/// applied in part, and with <see cref="Directive.Restart"/>, the state is replayed.</para>
/// <para>Commands that come as <see cref="SessionRequest"/> are executed once, however often they are sent: what <c>Answer</c> stores is part of the
/// state, next to what the client has in progress.</para>
/// <para>A handler that changes <see cref="State"/> itself, which a mutable state allows, makes the state differ from the log.</para>
/// </remarks>
/// <typeparam name="TState">Best an immutable record. Snapshots need it to be storable.</typeparam>
public abstract class StatePersistentActor<TState> : ReceivePersistentActor
    where TState : notnull
{
    private StateCell<TState>? _state;

    /// <summary>The state after all events handled so far.</summary>
    /// <exception cref="InvalidOperationException">An event is being applied, or that failed.</exception>
    protected TState State => Held.IsApplying
        ? throw new InvalidOperationException($"{PersistenceId}: event {LastSequenceNr} is applied in part; inside of Apply use the state it is given")
        : Held.Value;

    /// <summary>The state before the first event. Asked once for each replay.</summary>
    protected abstract TState InitialState { get; }

    private protected sealed override StateCell HeldState => Held;

    private StateCell<TState> Held => _state ??= new StateCell<TState>(InitialState, new SessionTable());

    /// <summary>The session of the command being handled; null when it came without one. Also in its handlers and after its awaits.</summary>
    protected Session? Session => Cell.CurrentMessage is SessionRequest(var id, var number, _) ? new Session(id, number, Held.Sessions.ContextOf(id)) : null;

    /// <summary>Saves a snapshot of <see cref="State"/>; otherwise as <see cref="Eventsourced.SaveSnapshot"/>.</summary>
    public void SaveSnapshot() => SaveSnapshot(State);

    /// <summary>Stores the events of a command together with its answer, all or none, then sends the answer. What the client has in progress
    /// stays as it is.</summary>
    /// <param name="reply">With a session, sent as <see cref="SessionReply"/> and kept for it: it has to be storable.</param>
    /// <param name="events">May be none.</param>
    protected void Answer(object reply, params object[] events) => AnswerAndKeep(reply, Session?.Context, events);

    /// <summary>As <see cref="Answer"/>, and keeps what the client has in progress from now on.</summary>
    /// <param name="reply">What to answer.</param>
    /// <param name="context">Found in <see cref="Session.Context"/> of the client's next request; null: nothing. It has to be storable. Ignored
    /// without a session.</param>
    /// <param name="events">May be none.</param>
    protected void AnswerAndKeep(object reply, object? context, params object[] events)
    {
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(events);
        if (Cell.CurrentMessage is not SessionRequest(var session, var number, _))
        {
            PersistAll(events);
            Defer(reply, sent => Sender.Tell(sent, Self));
            return;
        }
        var options = SessionOptions;
        var answered = new SessionAnswered(session, number, reply, context, NowMs, (long)options.TimeToLive.TotalMilliseconds, options.RepliesMax);
        PersistAll([.. events, answered], stored =>
        {
            if (ReferenceEquals(stored, answered)) Sender.Tell(new SessionReply(session, number, reply), Self);
        });
    }

    /// <inheritdoc/>
    protected internal override bool AroundReceive(Receive receive, object message) =>
        base.AroundReceive(message is SessionRequest ? request => Execute(receive, (SessionRequest)request) : receive, message);

    /// <summary>The state after an event. Must not do anything else, nor depend on anything else: it runs on every replica of the actor.</summary>
    /// <exception cref="Exception">Whatever it throws stops the event from ever being applied: recovery will fail at it, too.</exception>
    protected abstract TState Apply(TState state, object @event);

    internal sealed override bool TryRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer offer: Restore(offer.Snapshot); break;
            case RecoveryCompleted: break;
            default: Take(message); break;
        }
        if (message is not SessionAnswered) base.TryRecover(message);
        return true;
    }

    private protected sealed override void Attach(StateCell state) => _state = (StateCell<TState>)state;

    private protected sealed override void OnStored(object @event) => Take(@event is Tagged tagged ? tagged.Payload : @event);

    internal sealed override object ToSnapshot(object snapshot) =>
        Held.Sessions.Count > 0 ? new StateWithSessions(snapshot, Held.Sessions.Save()) : snapshot;

    private long NowMs => Cell.System.Environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool Execute(Receive receive, SessionRequest request)
    {
        if (Held.Sessions.Answer(request, NowMs, SessionOptions) is { } known)
        {
            Sender.Tell(known, Self);
            return true;
        }
        if (!receive(request.Command)) Unhandled(request.Command);
        return true;
    }

    private void Take(object @event)
    {
        if (@event is SessionAnswered answered) Held.Sessions.Apply(answered);
        else Held.Apply(state => Apply(state, @event));
    }

    private void Restore(object snapshot)
    {
        var (value, sessions) = snapshot is StateWithSessions(var inner, var saved) ? (inner, SessionTable.Load(saved)) : (snapshot, new SessionTable());
        _state = value is TState state
            ? new StateCell<TState>(state, sessions)
            : throw new RecoveryFailedException($"{PersistenceId}: the snapshot is a {value.GetType().Name}, not a {typeof(TState).Name}");
    }
}
