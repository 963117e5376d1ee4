using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Routing;

/// <summary>A router described by the deployment section of its path. <c>ActorOf</c> throws a <see cref="ConfigurationException"/> when there is none.</summary>
public sealed class FromConfig : Pool<FromConfig>
{
    private FromConfig()
    {
    }

    /// <summary>Leaves everything to the configuration.</summary>
    public static FromConfig Instance { get; } = new();

    /// <summary>Nothing of its own to create: see <see cref="FromConfig"/>.</summary>
    public override Router CreateRouter(ActorSystem system) => throw new ConfigurationException("FromConfig needs a router in actor-runtime.actor.deployment");

    /// <summary>A router without props for routees: for groups.</summary>
    public Props Props() => Actor.Props.Empty.WithRouter(this);

    /// <inheritdoc/>
    public override RouterConfig WithFallback(RouterConfig routerConfig) => routerConfig;
}
