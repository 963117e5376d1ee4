namespace ActorRuntime.Actor;

/// <summary>An actor with one method for all messages.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <summary>The context of the running actor.</summary>
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    /// <summary>Runs an async operation as part of the current handler: the next message waits for it.</summary>
    protected static void RunTask(Func<Task> action) => ActorTaskScheduler.RunTask(action);

    /// <summary>Handles a message; call <see cref="ActorBase.Unhandled"/> for those not taken.</summary>
    protected abstract void OnReceive(object message);

    /// <summary>Replaces the behaviour.</summary>
    protected void Become(UntypedReceive receive) => Cell.Become(receive);

    /// <summary>Puts a behaviour on top.</summary>
    protected void BecomeStacked(UntypedReceive receive) => Cell.BecomeStacked(receive);

    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }
}

/// <summary><see cref="UntypedActor"/> with a bounded stash.</summary>
public abstract class UntypedActorWithStash : UntypedActor, IWithStash
{
    /// <summary>Set before <see cref="ActorBase.PreStart"/>.</summary>
    public IStash Stash { get; set; } = null!;
}

/// <summary><see cref="UntypedActor"/> with a stash without limit.</summary>
public abstract class UntypedActorWithUnboundedStash : UntypedActor, IWithUnboundedStash
{
    /// <summary>Set before <see cref="ActorBase.PreStart"/>.</summary>
    public IStash Stash { get; set; } = null!;
}
