namespace ActorRuntime.Actor;

/// <summary>A reference that only takes messages of one type, checked by the compiler. Sugar over <see cref="IActorRef"/>: the same actor, the same rules.</summary>
/// <typeparam name="TMessage">Base of what it takes.</typeparam>
public interface IActorRef<in TMessage>
    where TMessage : notnull
{
    /// <summary>The reference underneath: for watching, for messages of other types, and inside messages to other nodes.</summary>
    IActorRef Untyped { get; }

    /// <summary>Sends with the running actor as sender; outside of actors nobody is.</summary>
    void Tell(TMessage message);

    /// <summary>Sends.</summary>
    void Tell(TMessage message, IActorRef? sender);
}

/// <summary>Makes typed references, and asks by them.</summary>
public static class TypedActorRefExtensions
{
    /// <summary>A typed reference to the same actor. Nothing checks that it handles such messages.</summary>
    public static IActorRef<TMessage> Typed<TMessage>(this IActorRef actorRef)
        where TMessage : notnull => new TypedActorRef<TMessage>(actorRef ?? throw new ArgumentNullException(nameof(actorRef)));

    /// <summary>Asks for the answer that <paramref name="request"/> names.</summary>
    /// <param name="target">Who is asked.</param>
    /// <param name="request">Also a <typeparamref name="TMessage"/>.</param>
    /// <param name="timeout">Null takes <c>actor-runtime.actor.ask-timeout</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The request is none of the messages the reference takes.</exception>
    public static Task<TReply> Ask<TMessage, TReply>(
        this IActorRef<TMessage> target, IRequest<TReply> request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where TMessage : notnull
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request is not TMessage) throw new ArgumentException($"{request.GetType()} is no {typeof(TMessage)}, which is what {target} takes", nameof(request));
        return target.Untyped.Ask(request, timeout, cancellationToken);
    }

    private sealed record TypedActorRef<TMessage>(IActorRef Untyped) : IActorRef<TMessage>
        where TMessage : notnull
    {
        public void Tell(TMessage message) => Untyped.Tell(message);

        public void Tell(TMessage message, IActorRef? sender) => Untyped.Tell(message, sender);

        public override string ToString() => $"{Untyped} of {typeof(TMessage)}";
    }
}
