using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>A unit of a shard that runs.</summary>
internal sealed class ShardUnit
{
    public ShardUnit(string id, IActorRef actor)
    {
        (Id, Actor) = (id, actor);
        Recency = new LinkedListNode<ShardUnit>(this);
    }

    public string Id { get; }

    public IActorRef Actor { get; }

    /// <summary>Its place among the units that may be passivated.</summary>
    public LinkedListNode<ShardUnit> Recency { get; }

    /// <summary>Number of the idle check before which it got its last message.</summary>
    public int LastUsed { get; set; }

    /// <summary>It was asked to stop and messages for it wait.</summary>
    public Queue<Delivery>? Passivating { get; set; }

    /// <summary>It handles nothing while the lease is lost.</summary>
    public bool IsHeld { get; set; }
}
