using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>One after the other. Allocates nothing.</summary>
/// <param name="next">Index of the first, less one.</param>
public sealed class RoundRobinRoutingLogic(int next) : RoutingLogic
{
    private int _last = next;

    /// <summary>Begins with the first.</summary>
    public RoundRobinRoutingLogic()
        : this(-1)
    {
    }

    /// <inheritdoc/>
    public override Routee Select(object message, Routee[] routees) =>
        routees.Length == 0 ? Routee.NoRoutee : routees[(int)((uint)Interlocked.Increment(ref _last) % (uint)routees.Length)];
}

/// <summary>A pool that takes one routee after the other.</summary>
public sealed class RoundRobinPool : Pool<RoundRobinPool>
{
    /// <inheritdoc cref="Pool(int, Resizer, SupervisorStrategy, string, bool)"/>
    public RoundRobinPool(
        int nrOfInstances, Resizer? resizer = null, SupervisorStrategy? supervisorStrategy = null, string? routerDispatcher = null, bool usePoolDispatcher = false)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
    }

    /// <summary>By a deployment section.</summary>
    public RoundRobinPool(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new RoundRobinRoutingLogic());
}

/// <summary>A group that takes one routee after the other.</summary>
public sealed class RoundRobinGroup : Group
{
    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public RoundRobinGroup(IEnumerable<string> paths, string? routerDispatcher = null)
        : base(paths, routerDispatcher)
    {
    }

    /// <inheritdoc cref="Group(IEnumerable{string}, string)"/>
    public RoundRobinGroup(params string[] paths)
        : base(paths)
    {
    }

    /// <summary>By a deployment section.</summary>
    public RoundRobinGroup(Config config)
        : base(config)
    {
    }

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => new(new RoundRobinRoutingLogic());
}
