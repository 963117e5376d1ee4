using ActorRuntime.Actor;

namespace ActorRuntime.Routing;

/// <summary>One of those a router chooses from.</summary>
public class Routee
{
    /// <summary>What a logic answers that finds nobody: messages to it become dead letters.</summary>
    public static Routee NoRoutee { get; } = new();

    /// <summary>Sends it a message.</summary>
    public virtual void Send(object message, IActorRef? sender)
    {
        // Without a sender no system is known whose dead letters these could be; router actors see to that themselves.
        if (sender is IInternalActorRef known and not Nobody) known.Provider.DeadLetters.Tell(message, sender);
    }
}

/// <summary>An actor as routee.</summary>
/// <param name="actor">The actor.</param>
public sealed class ActorRefRoutee(IActorRef actor) : Routee, IEquatable<ActorRefRoutee>
{
    /// <summary>The actor.</summary>
    public IActorRef Actor { get; } = actor;

    /// <inheritdoc/>
    public override void Send(object message, IActorRef? sender) => Actor.Tell(message, sender);

    /// <inheritdoc/>
    public bool Equals(ActorRefRoutee? other) => other is not null && Actor.Equals(other.Actor);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorRefRoutee);

    /// <inheritdoc/>
    public override int GetHashCode() => Actor.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"ActorRefRoutee({Actor.Path})";
}

/// <summary>A selection as routee: found again with every message, so it may end and come back.</summary>
/// <param name="actor">The selection.</param>
public sealed class ActorSelectionRoutee(ActorSelection actor) : Routee, IEquatable<ActorSelectionRoutee>
{
    /// <summary>The selection.</summary>
    public ActorSelection Selection { get; } = actor;

    /// <inheritdoc/>
    public override void Send(object message, IActorRef? sender) => Selection.Tell(message, sender);

    /// <inheritdoc/>
    public bool Equals(ActorSelectionRoutee? other) => other is not null && Selection.Equals(other.Selection);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorSelectionRoutee);

    /// <inheritdoc/>
    public override int GetHashCode() => Selection.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"ActorSelectionRoutee({Selection})";
}

/// <summary>All of several routees.</summary>
/// <param name="routees">Each gets each message.</param>
public sealed class SeveralRoutees(params Routee[] routees) : Routee
{
    /// <inheritdoc/>
    public override void Send(object message, IActorRef? sender)
    {
        foreach (var routee in routees) routee.Send(message, sender);
    }
}
