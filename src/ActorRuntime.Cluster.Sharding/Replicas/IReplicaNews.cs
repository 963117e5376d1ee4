using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Is told what happens in replicated logs, on the turn of the replica that it happens to. For those who check.</summary>
internal interface IReplicaNews
{
    /// <summary>A replica takes a block for committed.</summary>
    /// <param name="scope">Type and shard.</param>
    /// <param name="replica">The copy.</param>
    /// <param name="leading">Term in which it leads; null for one that follows.</param>
    void OnCommitted(string scope, ReplicaId replica, Block block, long? leading);

    /// <summary>The log of a term is open: its leader may serve.</summary>
    void OnOpened(string scope, ReplicaId replica, long term);
}
