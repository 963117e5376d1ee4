using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>Base of all actors. An instance handles one message at a time; a restart replaces the instance and keeps the reference.</summary>
public abstract class ActorBase : IInternalActor
{
    private readonly ActorCell _cell;

    /// <summary>Binds the instance to the cell that is making it.</summary>
    /// <exception cref="ActorInitializationException">The class was made with <c>new</c> rather than through <c>ActorOf</c>.</exception>
    protected ActorBase()
    {
        var cell = ActorCell.Current;
        if (cell is null || !cell.TryBind(this))
        {
            throw new ActorInitializationException(null, $"Do not create {GetType().Name} with 'new'; use ActorOf with Props.Create, which gives it a context");
        }

        _cell = cell;
    }

    /// <summary>The context of the running actor.</summary>
    /// <exception cref="NotSupportedException">No actor runs on this thread.</exception>
    public static IActorContext Context => ActorCell.Current ??
        throw new NotSupportedException("There is no active actor context: Context works inside handlers, also after their awaits, and not on other threads");

    /// <summary>The actor's own reference. Any thread.</summary>
    public IActorRef Self => _cell.Self;

    IActorContext IInternalActor.ActorContext => _cell;

    /// <summary>Sender of the current message; dead letters when there is none.</summary>
    protected IActorRef Sender => _cell.Sender;

    internal ActorCell Cell => _cell;

    /// <summary>Wraps every message; call the base to handle it.</summary>
    protected internal virtual bool AroundReceive(Receive receive, object message)
    {
        var handled = receive(message);
        if (!handled) Unhandled(message);
        if (_cell.SystemImpl.DebugLog is { } debug && this is ILogReceive) debug.Received(_cell, message, handled);
        return handled;
    }

    /// <summary>A <see cref="PoisonPill"/> has come to the head of the mailbox.</summary>
    internal virtual void OnPoisonPill() => _cell.Stop(_cell.Self);

    /// <summary>Wraps <see cref="PreStart"/>.</summary>
    public virtual void AroundPreStart() => PreStart();

    /// <summary>Wraps <see cref="PreRestart"/>.</summary>
    public virtual void AroundPreRestart(Exception cause, object? message) => PreRestart(cause, message);

    /// <summary>Wraps <see cref="PostRestart"/>.</summary>
    public virtual void AroundPostRestart(Exception cause, object? message) => PostRestart(cause);

    /// <summary>Wraps <see cref="PostStop"/>.</summary>
    public virtual void AroundPostStop() => PostStop();

    internal bool ReceiveFirst(object message) => Receive(message);

    internal void RaiseUnhandled(object message) => Unhandled(message);

    /// <summary>The supervisor resumes the actor after a failure of this instance; its message and sender are still current.</summary>
    internal virtual void OnResumed(Exception cause)
    {
    }

    internal SupervisorStrategy CreateSupervisorStrategy() => SupervisorStrategy();

    /// <summary>The first behaviour.</summary>
    /// <returns>False when the message was not taken.</returns>
    protected abstract bool Receive(object message);

    /// <summary>Called for messages nobody took: ends a death pact, publishes <see cref="UnhandledMessage"/> otherwise.</summary>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    /// <summary>Replaces the behaviour.</summary>
    protected void Become(Receive receive) => _cell.Become(receive);

    /// <summary>Puts a behaviour on top.</summary>
    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    /// <summary>Takes the top behaviour off; the first one stays.</summary>
    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    /// <summary>Sets the silence after which <see cref="ReceiveTimeout"/> comes; null switches it off.</summary>
    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    /// <summary>How this actor supervises its children, unless its props say otherwise. Asked once per instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    /// <summary>Before the first message.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>On the failed instance before it is replaced. Stops all children and calls <see cref="PostStop"/> unless overridden.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">The message that failed, if there was one.</param>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (var child in _cell.GetChildren())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }

        PostStop();
    }

    /// <summary>On the new instance after a restart. Calls <see cref="PreStart"/> unless overridden.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>After the last message.</summary>
    protected virtual void PostStop()
    {
    }
}
