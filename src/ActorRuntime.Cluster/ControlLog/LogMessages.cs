using System.Collections.Immutable;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Remote;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Told to the log actor of this node: commit what <paramref name="Decide"/> makes of the newest view, decided anew after each conflict.
/// It runs on the log actor's turn: pure, and quick. The answer is a <see cref="ProposalOutcome"/>.</summary>
internal sealed record Propose(Func<ClusterView, Decision?> Decide);

/// <summary>Between log actors: rows that are known to be committed.</summary>
/// <param name="StoreId">The log they belong to; rows of another log are ignored.</param>
[WireType("control-log-pushed")]
internal sealed record LogPushed(ulong StoreId, ImmutableArray<ControlLogRow> Rows) : IControlMessage;

/// <summary>Between log actors: there is a newer entry, too long to be pushed.</summary>
[WireType("control-log-advanced")]
internal sealed record LogAdvanced(ulong StoreId, long Version) : IControlMessage;

/// <summary>Asks the log actor for its newest rows; the answer is a <see cref="LogTail"/>.</summary>
/// <param name="CountMax">How many at most.</param>
public sealed record GetLogTail(int CountMax);

/// <summary>The newest rows of the control log that this node has applied, oldest first.</summary>
public sealed record LogTail(ImmutableArray<ControlLogRow> Rows);

/// <summary>Published on the event stream when this node can decide no more: the log is forked, younger than what this node has seen, damaged, or
/// written by a newer version. The view stays as it is.</summary>
/// <param name="Reason">What, where, and what to do.</param>
/// <param name="IsForked">Another history goes on without this node: it is muted and ends.</param>
public sealed record DecidingStopped(string Reason, bool IsForked);

/// <summary>Published on the event stream when a store that had lost entries has them again: this node decides as before.</summary>
public sealed record DecidingResumed;

/// <summary>Published on the event stream when the store of the control log stops or begins to answer.</summary>
public sealed record StoreReachabilityChanged(bool IsReachable, string Detail);
