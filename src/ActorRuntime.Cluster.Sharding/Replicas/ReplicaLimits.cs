namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Bounds and waits of a replica.</summary>
/// <param name="WindowBlocks">Blocks that are formed and not committed.</param>
/// <param name="SendBytes">Bytes of blocks in one message; a single larger block goes alone.</param>
/// <param name="ResendAfter">Silence of a replica after which it is asked again.</param>
/// <param name="InSyncTimeout">How long a replica may hold up the others before it leaves the set.</param>
/// <param name="KeepBlocks">Blocks that stay in the log although the persistent store has them.</param>
/// <param name="CatchUpBlocks">Most blocks that stay for a replica that catches up.</param>
public sealed record ReplicaLimits(int WindowBlocks, int SendBytes, TimeSpan ResendAfter, TimeSpan InSyncTimeout, int KeepBlocks, int CatchUpBlocks);
