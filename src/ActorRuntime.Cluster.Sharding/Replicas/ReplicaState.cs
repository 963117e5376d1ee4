using ActorRuntime.Cluster.Sharding.Replicas.Behind;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>A log on one node.</summary>
/// <param name="Replica">Node and store id.</param>
/// <param name="Leads">Whether it leads in that term.</param>
/// <param name="Committed">Height up to which it knows blocks to be committed.</param>
/// <param name="Start">Height up to which blocks were trimmed away.</param>
/// <param name="Bytes">On the disk.</param>
/// <param name="Lag">What the persistent store has yet to get; told by the leader alone.</param>
/// <param name="Origin">History that it is of: see <see cref="View.LogOrigin.Version"/>.</param>
/// <param name="HeadTerm">Of the newest block; 0 when it holds none.</param>
/// <param name="Heard">Highest height it was told was committed, in this life of its node.</param>
public sealed record ReplicaState(
    string Shard, View.ReplicaId Replica, long Term, bool Leads, long Height, long Committed, long Start, long Bytes, WriteBehindLag Lag,
    long Origin, long HeadTerm, long Heard)
{
    /// <summary>The copy that the set of the shard names on this node, where that is another one, which is not on its disk.</summary>
    public View.ReplicaId? Lost { get; init; }

    /// <summary>Names of logs of the same shard on this disk that are of another history: kept, and used for nothing.</summary>
    public IReadOnlyList<string> Aside { get; init; } = [];
}
