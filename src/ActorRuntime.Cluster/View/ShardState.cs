using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorRuntime.Cluster.View;

/// <summary>One kind of sharded unit.</summary>
/// <param name="Name">Name of the type.</param>
/// <param name="ShardCount">Number of hashed shards; 0 for a type whose shards are named by its units.</param>
/// <param name="Shards">By shard id. A hashed type has the ids <c>0</c> … <c>n-1</c>; a type of sender units has one shard per unit, its
/// id the unit's.</param>
/// <param name="Hosts">Incarnations whose region runs units of this type, in the order in which they said so. May name some that are gone.</param>
/// <param name="Replication">How the logs of its shards are replicated; null where events go to the shared journal alone.</param>
public sealed record UnitType(
    string Name, int ShardCount, ImmutableSortedDictionary<string, ShardState> Shards, ImmutableArray<NodeKey> Hosts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Replication? Replication = null)
{
    /// <summary>True for a type of sender units: each unit is a shard of its own.</summary>
    public bool IsNamed => ShardCount == 0;
}

/// <summary>Who leads a shard.</summary>
/// <param name="Term">Control-log version of the entry that placed it, or that recovered it; 0 while never placed.</param>
/// <param name="Leader">Null while never placed, and from a recovery to the next placement.</param>
/// <param name="Predecessors">Earlier leaders that were not known to have stopped when this one was placed: lease-protected service
/// waits for the gate of each (SAFETY 1B-7). Ordered, distinct.</param>
/// <param name="Home">Name of the node it was last placed on by choice; a failover leaves it, and rebalancing brings the shard back
/// there.</param>
/// <param name="Replicas">Who keeps the shard's log; null in a type without replication.</param>
/// <param name="Transfer">What the leader was asked for; null when it just leads.</param>
public sealed record ShardState(
    long Term, NodeKey? Leader, ImmutableArray<NodeKey> Predecessors, string? Home,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ReplicaSet? Replicas = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ShardTransfer? Transfer = null);

/// <summary>The leader of a shard is asked to stop its units, and then to make another node the leader: nothing is lost in mailboxes, and the
/// next one has nobody to wait for.</summary>
/// <remarks>From the moment it has taken note, the leader serves no more in its term, unless the transfer is taken back: a proposal of its own
/// may still be on its way to the log.</remarks>
/// <param name="To">The next leader.</param>
/// <param name="Version">Entry that asked for it.</param>
public sealed record ShardTransfer(NodeKey To, long Version);
