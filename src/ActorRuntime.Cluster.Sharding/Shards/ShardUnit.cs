using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>A unit of a shard that runs.</summary>
internal sealed class ShardUnit(string id, IActorRef actor)
{
    public string Id => id;

    public IActorRef Actor => actor;

    /// <summary>Number of the idle check before which it got its last message.</summary>
    public int LastUsed { get; set; }

    /// <summary>It was asked to stop and messages for it wait.</summary>
    public Queue<Delivery>? Passivating { get; set; }

    /// <summary>It handles nothing while the lease is lost.</summary>
    public bool IsHeld { get; set; }
}
