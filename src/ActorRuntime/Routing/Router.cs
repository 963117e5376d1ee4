using ActorRuntime.Actor;

namespace ActorRuntime.Routing;

/// <summary>Chooses the routee for a message. Any thread, many at once.</summary>
public abstract class RoutingLogic
{
    /// <summary>The routee for <paramref name="message"/>; <see cref="Routee.NoRoutee"/> when there is none.</summary>
    /// <param name="message">As sent, envelopes included.</param>
    /// <param name="routees">Never changed: another set of routees is another array.</param>
    public abstract Routee Select(object message, Routee[] routees);
}

/// <summary>A logic and its routees. Immutable; adding and removing answers another one with the same logic.</summary>
/// <remarks>For use inside an actor; <c>Props.WithRouter</c> makes an actor of it.</remarks>
public sealed class Router
{
    private readonly Routee[] _routees;

    /// <summary>A router.</summary>
    public Router(RoutingLogic logic, params Routee[] routees) => (RoutingLogic, _routees) = (logic, [.. routees]);

    /// <summary>A router between actors.</summary>
    public Router(RoutingLogic logic, IActorRef routee, params IActorRef[] routees)
        : this(logic, [new ActorRefRoutee(routee), .. routees.Select(r => new ActorRefRoutee(r))])
    {
    }

    /// <summary>The routees, in the order added.</summary>
    public IEnumerable<Routee> Routees => Array.AsReadOnly(_routees);

    /// <summary>Chooses among them.</summary>
    public RoutingLogic RoutingLogic { get; }

    internal int Count => _routees.Length;

    /// <summary>Sends a message to the routee the logic chooses; a <see cref="Broadcast"/> to all.</summary>
    public void Route(object message, IActorRef? sender)
    {
        if (!TryRoute(message, sender)) Routee.NoRoutee.Send(Unwrapped(message), sender);
    }

    /// <summary>With a routee more; the same when it is one already.</summary>
    public Router AddRoutee(Routee routee) => Array.IndexOf(_routees, routee) >= 0 ? this : WithRoutees([.. _routees, routee]);

    /// <inheritdoc cref="AddRoutee(Routee)"/>
    public Router AddRoutee(IActorRef routee) => AddRoutee(new ActorRefRoutee(routee));

    /// <summary>Without a routee.</summary>
    public Router RemoveRoutee(Routee routee) => Array.IndexOf(_routees, routee) < 0 ? this : WithRoutees([.. _routees.Where(r => !r.Equals(routee))]);

    /// <inheritdoc cref="RemoveRoutee(Routee)"/>
    public Router RemoveRoutee(IActorRef routee) => RemoveRoutee(new ActorRefRoutee(routee));

    /// <summary>With other routees.</summary>
    public Router WithRoutees(params Routee[] routees) => new(RoutingLogic, routees);

    internal static object Unwrapped(object message) => message is RouterEnvelope envelope ? envelope.Message : message;

    /// <summary>False when nobody was found.</summary>
    internal bool TryRoute(object message, IActorRef? sender)
    {
        if (message is Broadcast broadcast)
        {
            foreach (var each in _routees) each.Send(broadcast.Message, sender);
            return _routees.Length > 0;
        }

        if (_routees.Length == 0) return false;
        var routee = RoutingLogic.Select(message, _routees);
        if (ReferenceEquals(routee, Routee.NoRoutee)) return false;
        routee.Send(Unwrapped(message), sender);
        return true;
    }
}
