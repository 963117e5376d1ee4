using ActorRuntime.Actor;
using ActorRuntime.Dispatch;

namespace ActorRuntime.Routing;

/// <summary>What makes an actor a router; given with <see cref="Props.WithRouter"/> or by the deployment configuration. Immutable.</summary>
public abstract class RouterConfig
{
    /// <summary>With a dispatcher for the router itself, which handles little: messages pass it by.</summary>
    /// <param name="routerDispatcher">Path of its section; null takes the default.</param>
    protected RouterConfig(string? routerDispatcher = null) => RouterDispatcher = routerDispatcher ?? Dispatchers.DefaultDispatcherId;

    /// <summary>Dispatcher of the router itself.</summary>
    public string RouterDispatcher { get; private protected set; }

    /// <summary>Whether the router ends once it has no routee any more.</summary>
    public virtual bool StopRouterWhenAllRouteesRemoved => true;

    /// <summary>The router at its start. Pools and groups add their routees to it.</summary>
    public abstract Router CreateRouter(ActorSystem system);

    /// <summary>Called once, on the router's turn, when the routees it begins with are there: for routers whose routees come and go.</summary>
    /// <param name="router">Of the router: what is made here stands beside the routees and ends with them.</param>
    /// <param name="routeeProps">What the router was made over.</param>
    protected internal virtual void OnStarted(IActorContext router, Props routeeProps)
    {
    }

    /// <summary>This, with what it leaves open taken from <paramref name="routerConfig"/>: the configuration's router over the code's.</summary>
    public virtual RouterConfig WithFallback(RouterConfig routerConfig) => this;
}

/// <summary>Routers of one's own: the routees are those of <see cref="RouterConfig.CreateRouter"/>.</summary>
/// <param name="routerDispatcher">Path of its section; null takes the default.</param>
public abstract class CustomRouterConfig(string? routerDispatcher = null) : RouterConfig(routerDispatcher);

/// <summary>No router: just an actor.</summary>
public sealed class NoRouter : RouterConfig
{
    private NoRouter()
    {
    }

    /// <summary>The only instance.</summary>
    public static NoRouter Instance { get; } = new();

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => throw new NotSupportedException("NoRouter has no router");

    /// <inheritdoc/>
    public override RouterConfig WithFallback(RouterConfig routerConfig) => routerConfig;

    /// <summary>The props, with no router.</summary>
    public Props Props(Props routeeProps) => routeeProps.WithRouter(this);
}
