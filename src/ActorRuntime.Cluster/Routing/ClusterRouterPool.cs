using ActorRuntime.Actor;
using ActorRuntime.Routing;

namespace ActorRuntime.Cluster.Routing;

/// <summary>A pool whose routees stand on several nodes of the cluster.</summary>
/// <remarks>
/// To be started on every node that shall run routees or use them, everywhere at the same path: props do not travel, so each node makes the
/// routees that the view gives to it, and all routers of that path share them. Nodes with one view agree on who makes how many; the shares
/// change with the members. A routee that ends is made again after a second.
/// </remarks>
/// <param name="local">Whose logic chooses, and whose strategy supervises; its number of routees is not used.</param>
/// <param name="settings">Which nodes, how many.</param>
public sealed class ClusterRouterPool(Pool local, ClusterRouterPoolSettings settings) : RouterConfig(local.RouterDispatcher)
{
    /// <summary>Whose logic chooses.</summary>
    public Pool Local => local;

    public ClusterRouterPoolSettings Settings => settings;

    /// <summary>False: nodes come back.</summary>
    public override bool StopRouterWhenAllRouteesRemoved => false;

    /// <inheritdoc/>
    public override Router CreateRouter(ActorSystem system) => local.CreateRouter(system);

    /// <summary>The router over routees of these props.</summary>
    public Props Props(Props routeeProps) => routeeProps.WithRouter(this);

    /// <inheritdoc/>
    protected internal override void OnStarted(IActorContext router, Props routeeProps)
    {
        string[] paths =
        [
            .. Enumerable.Range(0, settings.MaxInstancesPerNode)
                .Select(index => ClusterRouteesActor.PathOf(router.Self.Path.ToStringWithoutAddress(), index)),
        ];
        var props = Actor.Props.CreateBy(() => new ClusterRouteesActor(settings, paths, routeeProps.WithRouter(null)));
        router.ActorOf(props.WithSupervisorStrategy(local.SupervisorStrategy), ClusterRouteesActor.Name);
    }
}
