using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>All of them.</summary>
public sealed class BroadcastRoutingLogic : RoutingLogic
{
    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees) => routees.Length == 0 ? Routee.NoRoutee : new SeveralRoutees(routees);
}

/// <summary>A pool that sends to all routees.</summary>
public sealed class BroadcastPool : Pool<BroadcastPool>
{
    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    public BroadcastPool(
        int nrOfInstances, Resizer? resizer = null, SupervisorStrategy? supervisorStrategy = null, string? routerDispatcher = null, bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
    }

    /// <summary>By a deployment section.</summary>
    public BroadcastPool(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new BroadcastRoutingLogic());
}

/// <summary>A group that sends to all routees.</summary>
public sealed class BroadcastGroup : Group
{
    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public BroadcastGroup(IEnumerable<string> paths, string? routerDispatcher = null)
        : base(paths, routerDispatcher)
    {
    }

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public BroadcastGroup(params string[] paths)
        : base(paths)
    {
    }

    /// <summary>By a deployment section.</summary>
    public BroadcastGroup(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new BroadcastRoutingLogic());
}
