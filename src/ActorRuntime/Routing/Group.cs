using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>A router over actors that others make: found by path with every message, so they may end and come back.</summary>
public abstract class Group : RouterConfig
{
    /// <summary>A group.</summary>
    /// <param name="paths">Absolute paths, wildcards allowed; at least one.</param>
    /// <param name="routerDispatcher">Dispatcher of the router itself; null takes the default.</param>
    protected Group(IEnumerable<string> paths, string? routerDispatcher = null)
        : base(routerDispatcher)
    {
        Paths = [.. paths];
        if (Paths.Count == 0) throw new ArgumentException("a group needs at least one path of a routee (routees.paths)", nameof(paths));
    }

    /// <summary>By a deployment section.</summary>
    protected Group(Config config)
        : this(config.GetStringList("routees.paths", []))
    {
    }

    /// <summary>Where the routees are.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>False: the routees are paths, and a path does not end.</summary>
    public override bool StopRouterWhenAllRouteesRemoved => false;

    /// <summary>The router.</summary>
    public Props Props() => Actor.Props.Empty.WithRouter(this);
}
