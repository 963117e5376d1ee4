using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>What a node knows about the others beside the view: the second input of <c>Orchestrator.Decide</c>. Immutable; all lists
/// ordered by node.</summary>
/// <param name="Votes">Observers that support a loss now, this node's own votes included. They ride on the signals.</param>
/// <param name="Proofs">Authoritative evidence obtained on this host.</param>
/// <param name="Reports">By node heard: what it said it had applied, and handed over.</param>
/// <param name="StillWitnesses">Witness rows that stood still for loss-after as seen from here.</param>
/// <param name="SteppedDown">Nodes whose signals say that they cannot reach the store.</param>
public sealed record Evidence(
    ImmutableArray<LossVote> Votes,
    ImmutableArray<LossProof> Proofs,
    ImmutableSortedDictionary<NodeKey, AppliedReport> Reports,
    ImmutableArray<StillWitness> StillWitnesses,
    ImmutableArray<NodeKey> SteppedDown)
{
    public static Evidence None { get; } = new([], [], ImmutableSortedDictionary<NodeKey, AppliedReport>.Empty, [], []);

    /// <summary>Lost incarnations that serve no more for sure: the take-over gate of this node is open for them, which lasts. A node that joins later
    /// may never learn that by itself: their observers may be gone by then.</summary>
    public ImmutableArray<NodeKey> Silenced { get; init; } = [];

    /// <summary>Newest view version that a report has named since the evidence before this one; 0 for none.</summary>
    public long NewestVersion { get; init; }

    /// <summary>Newest view version that <paramref name="node"/> said it has applied; 0 when it said nothing.</summary>
    public long AppliedBy(NodeKey node) => Reports.TryGetValue(node, out var report) ? report.Version : 0;

    /// <summary>Whatever views up to this version took from <paramref name="node"/> has stopped there, as it said; 0 when it said
    /// nothing, the greatest number when it serves no more for sure.</summary>
    public long HandedOverBy(NodeKey node)
    {
        if (Silenced.Contains(node)) return long.MaxValue;
        return Reports.TryGetValue(node, out var report) ? report.HandedOverVersion : 0;
    }
}

/// <summary>An observer has not heard a peer for loss-after and has confirmed it by probes and the second route.</summary>
public sealed record LossVote(NodeKey Observer, NodeKey Peer, DateTimeOffset? SuspectedAt, DateTimeOffset? ConfirmedAt, string Detail);

/// <summary>A process is known to have ended.</summary>
public sealed record LossProof(NodeKey Peer, LossEvidence Evidence);

/// <summary>A node said that it has applied the view up to <paramref name="Version"/>, and that what views up to
/// <paramref name="HandedOverVersion"/> took from it has stopped there.</summary>
public sealed record AppliedReport(NodeKey Node, long Version, long HandedOverVersion);

/// <summary>A node's witness row that has not changed for loss-after.</summary>
public sealed record StillWitness(NodeKey Node, long Sequence);
