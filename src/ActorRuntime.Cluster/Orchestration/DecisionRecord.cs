using System.Collections.Immutable;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>A decision that a node took, for <c>arctl why</c>.</summary>
/// <param name="Version">Its entry in the log.</param>
/// <param name="At">Wall clock at which the outcome was known.</param>
/// <param name="Took">From the evidence that led to it to its commit.</param>
/// <param name="Why">Reasons.</param>
/// <param name="Evidence">What it was decided on.</param>
/// <param name="Rejections">Changes of it that the view rejected.</param>
public sealed record DecisionRecord(
    long Version, DateTimeOffset At, TimeSpan Took, string Why, Evidence Evidence, ImmutableArray<string> Rejections);

/// <summary>Asks the orchestrator actor of a node for the decisions that node took; the answer is a <see cref="DecisionList"/>.</summary>
public sealed record GetDecisions
{
    public static GetDecisions Instance { get; } = new();
}

/// <summary>The newest decisions of one node, oldest first.</summary>
public sealed record DecisionList(ImmutableArray<DecisionRecord> Decisions);
