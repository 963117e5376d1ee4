using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>One entry of the control log: changes decided together, by whom, and why.</summary>
/// <param name="Version">Its place, from 1. Also the term of whatever it grants (SAFETY 1A-4).</param>
/// <param name="PreviousDigest">SHA-256 over the stored text of the entry before, hexadecimal; empty for the first (SAFETY 1A-3).</param>
/// <param name="ProposalId">Recognises one's own proposal after an unknown outcome.</param>
/// <param name="Proposer">Who wrote it.</param>
/// <param name="OrchestratorTerm">Term under which it was decided; 0 for what any node may propose (join, leave, operators' commands).
/// Changes of a stale term are rejected.</param>
/// <param name="DecidedAt">Wall clock of the proposer; information only.</param>
/// <param name="Why">The reason, for people (<c>arctl why</c>).</param>
/// <param name="Changes">Applied in order, each accepted or rejected by itself.</param>
public sealed record LogEntry(
    long Version, string PreviousDigest, string ProposalId, NodeKey Proposer, long OrchestratorTerm, DateTimeOffset DecidedAt, string Why,
    ImmutableArray<ControlChange> Changes);
