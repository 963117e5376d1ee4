using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>A router that makes its routees, as its children, and supervises them.</summary>
public abstract class Pool : RouterConfig
{
    /// <summary>A pool's strategy unless told otherwise: the router fails with its routee, so its own supervisor decides for the pool as a whole.</summary>
    public static readonly SupervisorStrategy DefaultSupervisorStrategy = new OneForOneStrategy(_ => Directive.Escalate);

    /// <summary>A pool.</summary>
    /// <param name="nrOfInstances">Routees at the start. At least 1; with a resizer 0 will do.</param>
    /// <param name="resizer">Changes their number; null keeps it.</param>
    /// <param name="supervisorStrategy">Null takes <see cref="DefaultSupervisorStrategy"/>.</param>
    /// <param name="routerDispatcher">Dispatcher of the router itself; null takes the default.</param>
    /// <param name="usePoolDispatcher">Whether routees run on the <c>pool-dispatcher</c> of the router's deployment section.</param>
    protected Pool(
        int nrOfInstances, Resizer? resizer = null, SupervisorStrategy? supervisorStrategy = null, string? routerDispatcher = null, bool usePoolDispatcher = false)
        : base(routerDispatcher)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nrOfInstances, resizer is null ? 1 : 0);
        (NrOfInstances, Resizer, UsePoolDispatcher) = (nrOfInstances, resizer, usePoolDispatcher);
        SupervisorStrategy = supervisorStrategy ?? DefaultSupervisorStrategy;
    }

    /// <summary>By a deployment section.</summary>
    protected Pool(Config config)
        : this(config.GetInt("nr-of-instances", 1), Resizer.FromConfig(config), usePoolDispatcher: config.HasPath("pool-dispatcher"))
    {
    }

    // For FromConfig, which has nothing of its own.
    private protected Pool() => SupervisorStrategy = DefaultSupervisorStrategy;

    /// <summary>Routees at the start.</summary>
    public int NrOfInstances { get; private protected set; }

    /// <summary>Changes their number; null keeps it.</summary>
    public Resizer? Resizer { get; private protected set; }

    /// <summary>How the router supervises its routees.</summary>
    public SupervisorStrategy SupervisorStrategy { get; private protected set; }

    /// <summary>Whether routees run on the <c>pool-dispatcher</c> of the router's deployment section.</summary>
    public bool UsePoolDispatcher { get; private protected set; }

    /// <summary>False with a resizer, which may add routees again.</summary>
    public override bool StopRouterWhenAllRouteesRemoved => Resizer is null;

    /// <summary>A router over routees of these props.</summary>
    public virtual Props Props(Props routeeProps) => routeeProps.WithRouter(this);

    /// <inheritdoc/>
    public override RouterConfig WithFallback(RouterConfig routerConfig)
    {
        if (routerConfig is not Pool other) return this;
        var merged = (Pool)MemberwiseClone();
        if (ReferenceEquals(SupervisorStrategy, DefaultSupervisorStrategy)) merged.SupervisorStrategy = other.SupervisorStrategy;
        if (RouterDispatcher == Dispatch.Dispatchers.DefaultDispatcherId) merged.RouterDispatcher = other.RouterDispatcher;
        merged.Resizer ??= other.Resizer;
        merged.UsePoolDispatcher |= other.UsePoolDispatcher;
        return merged;
    }
}

/// <summary>A <see cref="Pool"/> whose variations are of its own class.</summary>
public abstract class Pool<TPool> : Pool
    where TPool : Pool<TPool>
{
    private protected Pool(int nrOfInstances, Resizer? resizer, SupervisorStrategy? supervisorStrategy, string? routerDispatcher, bool usePoolDispatcher)
        : base(nrOfInstances, resizer, supervisorStrategy, routerDispatcher, usePoolDispatcher)
    {
    }

    private protected Pool(Config config)
        : base(config)
    {
    }

    private protected Pool()
    {
    }

    /// <summary>With a strategy for the routees.</summary>
    public TPool WithSupervisorStrategy(SupervisorStrategy strategy) => With(pool => pool.SupervisorStrategy = strategy);

    /// <summary>With a resizer.</summary>
    public TPool WithResizer(Resizer resizer) => With(pool => pool.Resizer = resizer);

    /// <summary>With a dispatcher for the router itself.</summary>
    public TPool WithDispatcher(string dispatcher) => With(pool => pool.RouterDispatcher = dispatcher);

    private protected TPool With(Action<TPool> change)
    {
        var copy = (TPool)MemberwiseClone();
        change(copy);
        return copy;
    }
}
