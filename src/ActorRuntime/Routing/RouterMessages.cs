using ActorRuntime.Actor;

namespace ActorRuntime.Routing;

/// <summary>Wraps a message for the router's eyes: the routee gets what is inside.</summary>
/// <param name="message">What the routee gets.</param>
public class RouterEnvelope(object message)
{
    /// <summary>What the routee gets.</summary>
    public object Message { get; } = message;
}

/// <summary>Goes to all routees, whatever the router's logic.</summary>
/// <param name="message">What they get; <see cref="PoisonPill"/> and <see cref="Kill"/> inside reach the routees rather than the router.</param>
public sealed class Broadcast(object message) : RouterEnvelope(message);

/// <summary>For the router itself, not for its routees.</summary>
public abstract class RouterManagementMessage
{
    private protected RouterManagementMessage()
    {
    }
}

/// <summary>Asks for the routees; answered with <see cref="Routees"/>.</summary>
public sealed class GetRoutees : RouterManagementMessage;

/// <summary>Answer to <see cref="GetRoutees"/>.</summary>
/// <param name="members">Those of this moment.</param>
public sealed class Routees(IEnumerable<Routee> members)
{
    /// <summary>Those of this moment.</summary>
    public IEnumerable<Routee> Members { get; } = members;
}

/// <summary>Adds a routee; one that is known already changes nothing.</summary>
/// <param name="routee">The routee.</param>
public sealed class AddRoutee(Routee routee) : RouterManagementMessage
{
    /// <summary>The routee.</summary>
    public Routee Routee { get; } = routee;
}

/// <summary>Takes a routee off; it goes on unless it is the router's own child, which ends after the messages that are on their way.</summary>
/// <param name="routee">The routee.</param>
public sealed class RemoveRoutee(Routee routee) : RouterManagementMessage
{
    /// <summary>The routee.</summary>
    public Routee Routee { get; } = routee;
}

/// <summary>Makes a pool larger or smaller.</summary>
/// <param name="change">Routees to add, or, when negative, to take off; those added last go first.</param>
public sealed class AdjustPoolSize(int change) : RouterManagementMessage
{
    /// <summary>Routees to add, or, when negative, to take off.</summary>
    public int Change { get; } = change;
}

/// <summary>Time to ask the resizer.</summary>
internal sealed class Resize : RouterManagementMessage
{
    public static Resize Instance { get; } = new();
}

/// <summary>The routees a router began with are there and can be watched.</summary>
internal sealed class RouteesReady : RouterManagementMessage
{
    public static RouteesReady Instance { get; } = new();
}
