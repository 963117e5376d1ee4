using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Configuration;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>Messages to actors that are known by a topic or a path, on whatever node of the cluster they are. Any thread.</summary>
/// <remarks>Every node has a mediator; members are those of the view, and what a node that the view has lost had registered is gone with it.
/// Delivery is at most once.</remarks>
public sealed class DistributedPubSub : IExtension
{
    private DistributedPubSub(ExtendedActorSystem system)
    {
        system.Serialization.Register(PubSubSerializer.Name, extended => new PubSubSerializer(extended), typeof(MediatorDelivery));
        var (settings, cluster) = (DistributedPubSubSettings.Create(system), ClusterSharding.Get(system).Services.Cluster);
        Mediator = system.SystemActorOf(Props.CreateBy(() => new MediatorActor(settings, cluster)), MediatorActor.Name);
    }

    /// <summary>The mediator of this node, <c>/system/distributedPubSubMediator</c>: takes <see cref="Subscribe"/>, <see cref="Unsubscribe"/>,
    /// <see cref="Publish"/>, <see cref="Put"/>, <see cref="Remove"/>, <see cref="Send"/>, <see cref="SendToAll"/> and
    /// <see cref="GetTopics"/>.</summary>
    public IActorRef Mediator { get; }

    /// <summary>Publish/subscribe of a system. The first call starts its mediator.</summary>
    public static DistributedPubSub Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>The section <c>actor-runtime.cluster.pub-sub</c> of the reference, at its full path.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default(DistributedPubSubSettings.Path);

    private sealed class Provider : ExtensionIdProvider<DistributedPubSub>
    {
        public override DistributedPubSub CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
