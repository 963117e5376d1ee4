using ActorRuntime.Routing;

namespace ActorRuntime.Actor;

/// <summary>Where an actor runs.</summary>
public abstract class Scope
{
    private protected Scope()
    {
    }
}

/// <summary>In the system that creates it: the only place there is.</summary>
public sealed class LocalScope : Scope
{
    private LocalScope()
    {
    }

    /// <summary>The only instance.</summary>
    public static LocalScope Instance { get; } = new();
}

/// <summary>How the actor at a path is set up, apart from its props. Immutable. What is null is left to the props.</summary>
/// <remarks>One at the path, from <c>actor-runtime.actor.deployment</c> or <see cref="Deployer.SetDeploy"/>, wins over the props; one in the props does as the props.</remarks>
public sealed class Deploy
{
    /// <summary>Decides nothing.</summary>
    public static readonly Deploy Local = new("", routerConfig: null);

    /// <summary>For props.</summary>
    public Deploy(Scope scope)
        : this("", scope)
    {
    }

    /// <summary>For a path.</summary>
    /// <param name="path">Below the user guardian, beginning with a slash: <c>/parent/child</c>; <c>*</c> for any one element, <c>**</c> at the end for any rest.</param>
    /// <param name="scope">The local scope.</param>
    public Deploy(string path, Scope scope)
        : this(path, routerConfig: null) => ArgumentNullException.ThrowIfNull(scope);

    /// <summary>A router, for props.</summary>
    public Deploy(RouterConfig routerConfig)
        : this("", routerConfig)
    {
    }

    /// <inheritdoc cref="Deploy(string, Scope)"/>
    /// <param name="routerConfig">Makes it a router if its props do, too.</param>
    public Deploy(string path, RouterConfig? routerConfig) => (Path, RouterConfig) = (path, routerConfig is NoRouter ? null : routerConfig);

    private Deploy(Deploy other) =>
        (Path, RouterConfig, Dispatcher, Mailbox, StashCapacity) = (other.Path, other.RouterConfig, other.Dispatcher, other.Mailbox, other.StashCapacity);

    /// <summary>The path; empty in props.</summary>
    public string Path { get; }

    /// <summary>The router.</summary>
    public RouterConfig? RouterConfig { get; private init; }

    /// <summary>Path of the dispatcher's section.</summary>
    public string? Dispatcher { get; private init; }

    /// <summary>Path of the mailbox's section.</summary>
    public string? Mailbox { get; private init; }

    /// <summary>Bound of the stash; negative for none.</summary>
    public int? StashCapacity { get; private init; }

    /// <summary>With a router.</summary>
    public Deploy WithRouterConfig(RouterConfig? routerConfig) => new(this) { RouterConfig = routerConfig is NoRouter ? null : routerConfig };

    /// <summary>With a dispatcher.</summary>
    public Deploy WithDispatcher(string? dispatcher) => new(this) { Dispatcher = dispatcher };

    /// <summary>With a mailbox.</summary>
    public Deploy WithMailbox(string? mailbox) => new(this) { Mailbox = mailbox };

    /// <summary>With a bound for the stash.</summary>
    /// <param name="stashCapacity">At least 1; negative for none.</param>
    public Deploy WithStashCapacity(int? stashCapacity)
    {
        if (stashCapacity is { } capacity) ArgumentOutOfRangeException.ThrowIfZero(capacity, nameof(stashCapacity));
        return new(this) { StashCapacity = stashCapacity };
    }

    /// <summary>This, with what it leaves open taken from <paramref name="other"/>.</summary>
    public Deploy WithFallback(Deploy other) => new(this)
    {
        RouterConfig = RouterConfig is null || other.RouterConfig is null ? RouterConfig ?? other.RouterConfig : RouterConfig.WithFallback(other.RouterConfig),
        Dispatcher = Dispatcher ?? other.Dispatcher,
        Mailbox = Mailbox ?? other.Mailbox,
        StashCapacity = StashCapacity ?? other.StashCapacity,
    };
}
