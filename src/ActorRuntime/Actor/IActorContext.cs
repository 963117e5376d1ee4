using ActorRuntime.Dispatch;

namespace ActorRuntime.Actor;

/// <summary>A behaviour: says whether it took the message.</summary>
public delegate bool Receive(object message);

/// <summary>A behaviour that takes every message.</summary>
public delegate void UntypedReceive(object message);

/// <summary>Makes actors and selections.</summary>
public interface IActorRefFactory
{
    /// <summary>Makes an actor; it starts in its own time, messages sent before wait for it.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">Unique among the siblings; null takes a generated one.</param>
    /// <exception cref="InvalidActorNameException">The name is taken or malformed.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>A selection by path, absolute or relative, wildcards allowed.</summary>
    ActorSelection ActorSelection(string actorPath);

    /// <summary>A selection by path.</summary>
    ActorSelection ActorSelection(ActorPath actorPath);
}

/// <summary>Notice of the end of actors.</summary>
public interface ICanWatch
{
    /// <summary>Sends <see cref="Terminated"/> once when <paramref name="subject"/> ends, also when it already has.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>As <see cref="Watch"/>, with a message of one's own.</summary>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>No notice any more, not even one that is already queued.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>What an actor can do around its handlers. Only on the actor's own turn, except <see cref="Self"/> and <see cref="System"/>.</summary>
public interface IActorContext : IActorRefFactory, ICanWatch
{
    /// <summary>The actor's own reference.</summary>
    IActorRef Self { get; }

    /// <summary>How it was made.</summary>
    Props Props { get; }

    /// <summary>Sender of the current message; dead letters when there is none. Valid after every await of the handler.</summary>
    IActorRef Sender { get; }

    /// <summary>Its system.</summary>
    ActorSystem System { get; }

    /// <summary>Its supervisor.</summary>
    IActorRef Parent { get; }

    /// <summary>Where it runs.</summary>
    MessageDispatcher Dispatcher { get; }

    /// <summary>Silence after which <see cref="ReceiveTimeout"/> comes; null when off.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>Replaces the behaviour.</summary>
    void Become(Receive receive);

    /// <summary>Puts a behaviour on top.</summary>
    void BecomeStacked(Receive receive);

    /// <summary>Takes the top behaviour off; the first one stays.</summary>
    void UnbecomeStacked();

    /// <summary>A living child by name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    /// <summary>All children.</summary>
    IEnumerable<IActorRef> GetChildren();

    /// <summary>Sets the silence after which <see cref="ReceiveTimeout"/> comes; null switches it off.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);

    /// <summary>Stops a child or oneself after the current message.</summary>
    void Stop(IActorRef child);
}

/// <summary>The context of <see cref="UntypedActor"/>.</summary>
public interface IUntypedActorContext : IActorContext
{
    /// <summary>Replaces the behaviour.</summary>
    void Become(UntypedReceive receive);

    /// <summary>Puts a behaviour on top.</summary>
    void BecomeStacked(UntypedReceive receive);
}

/// <summary>Gives the runtime's own layers the context of an actor.</summary>
public interface IInternalActor
{
    /// <summary>The context.</summary>
    IActorContext ActorContext { get; }
}
