namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>What is committed and not known to be in the persistent store yet.</summary>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Bytes">Of these; before the store was heard in this term, of those committed since.</param>
/// <param name="Age">Of the oldest.</param>
public readonly record struct WriteBehindLag(long Blocks, long Bytes, TimeSpan Age);
