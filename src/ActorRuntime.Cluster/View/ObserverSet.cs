using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>Who watches a node, with whose echoes it holds its lease, and who may declare it lost.</summary>
/// <param name="Epoch">Control-log version that made the set valid.</param>
/// <param name="Observers">Ordered; never the node itself.</param>
/// <param name="Witness">True when the store's witness row is a voter too (clusters of two nodes).</param>
public sealed record ObserverSet(long Epoch, ImmutableArray<NodeKey> Observers, bool Witness)
{
    /// <summary>The node itself, its observers, and the witness.</summary>
    public int Voters => 1 + Observers.Length + (Witness ? 1 : 0);

    /// <summary>Voters, the node itself included, that must hold a signal for the lease to run on it (SAFETY 1B-8).</summary>
    public int LeaseQuorum => Voters / 2 + 1;

    /// <summary>Voters, the node itself excluded, that must support its loss; lease quorum + loss quorum &gt; voters. A lone node (1
    /// voter) cannot be voted out.</summary>
    public int LossQuorum => Voters + 1 - LeaseQuorum;
}
