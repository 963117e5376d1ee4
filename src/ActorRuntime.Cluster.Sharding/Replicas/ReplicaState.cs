using ActorRuntime.Cluster.Sharding.Replicas.Behind;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>A log on one node.</summary>
/// <param name="Replica">Node and store id.</param>
/// <param name="Leads">Whether it leads in that term.</param>
/// <param name="Committed">Height up to which it knows blocks to be committed.</param>
/// <param name="Start">Height up to which blocks were trimmed away.</param>
/// <param name="Bytes">On the disk.</param>
/// <param name="Lag">What the persistent store has yet to get; told by the leader alone.</param>
public sealed record ReplicaState(
    string Shard, View.ReplicaId Replica, long Term, bool Leads, long Height, long Committed, long Start, long Bytes, WriteBehindLag Lag);
