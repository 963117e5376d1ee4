using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>What a view says of one shard, as its replica on one node needs it.</summary>
/// <param name="Version">Of the view.</param>
/// <param name="Term">Newest term of the shard.</param>
/// <param name="IsLeader">This incarnation of this node leads in that term.</param>
/// <param name="Set">Who keeps the log.</param>
/// <param name="IncarnationOf">Of the member under a name; 0 when there is none, or it is lost.</param>
public sealed record ReplicaPlacement(long Version, long Term, bool IsLeader, ReplicaSet Set, Func<string, ulong> IncarnationOf);
