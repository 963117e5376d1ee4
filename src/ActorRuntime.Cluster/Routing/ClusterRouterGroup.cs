using ActorRuntime.Actor;
using ActorRuntime.Routing;

namespace ActorRuntime.Cluster.Routing;

/// <summary>A group over actors at the same paths on the cluster's nodes. Follows the view: a node's paths are routees while it is up.</summary>
/// <param name="local">Whose logic chooses; its own paths are not used.</param>
/// <param name="settings">Which nodes, which paths, how many.</param>
public sealed class ClusterRouterGroup(Group local, ClusterRouterGroupSettings settings) : RouterConfig(local.RouterDispatcher)
{
    /// <summary>Whose logic chooses.</summary>
    public Group Local => local;

    public ClusterRouterGroupSettings Settings => settings;

    /// <summary>False: nodes come back.</summary>
    public override bool StopRouterWhenAllRouteesRemoved => false;

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => local.CreateRouter(system);

    /// <summary>The router.</summary>
    public Props Props() => Actor.Props.Empty.WithRouter(this);

    /// <inheritdoc/>
    protected internal override void OnStarted(IActorContext router, Props routeeProps) =>
        router.ActorOf(Actor.Props.CreateBy(() => new ClusterRouteesActor(settings, settings.RouteesPaths, null)), ClusterRouteesActor.Name);
}
