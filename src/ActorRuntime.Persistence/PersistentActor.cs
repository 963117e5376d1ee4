using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>A persistent actor with one method for recovery and one for commands, each telling whether it took the message.</summary>
public abstract class PersistentActor : Eventsourced;

/// <summary>A persistent actor with one method for recovery and one for commands.</summary>
public abstract class UntypedPersistentActor : Eventsourced
{
    /// <summary>The context of the running actor.</summary>
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    /// <summary>Handles commands; call <see cref="ActorBase.Unhandled"/> for those not taken.</summary>
    protected abstract void OnCommand(object message);

    /// <summary>Handles snapshot offer, events and <see cref="RecoveryCompleted"/>.</summary>
    protected abstract void OnRecover(object message);

    /// <summary>Replaces the behaviour for commands.</summary>
    protected void Become(UntypedReceive receive) => Cell.Become(receive);

    /// <summary>Puts a behaviour for commands on top.</summary>
    protected void BecomeStacked(UntypedReceive receive) => Cell.BecomeStacked(receive);

    /// <inheritdoc/>
    protected sealed override bool ReceiveCommand(object message)
    {
        OnCommand(message);
        return true;
    }

    /// <inheritdoc/>
    protected sealed override bool ReceiveRecover(object message)
    {
        OnRecover(message);
        return true;
    }
}
