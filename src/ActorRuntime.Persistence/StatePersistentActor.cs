namespace ActorRuntime.Persistence;

/// <summary>A persistent actor whose state is kept apart from its behaviour: only <see cref="Apply"/> changes it, one event at a time, in replay,
/// on standbys and after storing alike.</summary>
/// <remarks>
/// Each stored event is applied before the handler given to <c>Persist</c> runs, so handlers only act: answer, start timers, change the behaviour.
/// <para>When such an actor fails and its supervisor says <see cref="Actor.Directive.Resume"/>, what it has asked to be stored is stored and
/// handled, then a new instance gets the state as it is: nothing is replayed. To the instances that is a restart: <c>PreRestart</c>, constructor,
/// <c>PostRestart</c>, <see cref="RecoveryCompleted"/>; children and timers end, stashed messages return to the mailbox. When an event was
/// applied in part, and with <see cref="Actor.Directive.Restart"/>, the state is replayed.</para>
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

    private StateCell<TState> Held => _state ??= new StateCell<TState>(InitialState);

    /// <summary>Saves a snapshot of <see cref="State"/>; otherwise as <see cref="Eventsourced.SaveSnapshot"/>.</summary>
    public void SaveSnapshot() => SaveSnapshot(State);

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
        base.TryRecover(message);
        return true;
    }

    private protected sealed override void Attach(StateCell state) => _state = (StateCell<TState>)state;

    private protected sealed override void OnStored(object @event) => Take(@event is Journal.Tagged tagged ? tagged.Payload : @event);

    private void Take(object @event) => Held.Apply(state => Apply(state, @event));

    private void Restore(object snapshot) => _state = new StateCell<TState>(snapshot is TState state
        ? state
        : throw new RecoveryFailedException($"{PersistenceId}: the snapshot is a {snapshot.GetType().Name}, not a {typeof(TState).Name}"));
}
