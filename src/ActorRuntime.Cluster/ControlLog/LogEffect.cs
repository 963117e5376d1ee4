using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>What <see cref="LogCore"/> asks of its shell, to be carried out in order.</summary>
internal abstract record LogEffect
{
    private LogEffect() { }

    /// <summary>Ask the store for its head; answer with <see cref="LogCore.OnHead"/>.</summary>
    public sealed record ReadHead : LogEffect;

    /// <summary>Read rows; answer with <see cref="LogCore.OnRows"/>.</summary>
    public sealed record Read(long From) : LogEffect;

    /// <summary>Read where this node stands; answer with <see cref="LogCore.OnBase"/>.</summary>
    public sealed record ReadBase(long Known) : LogEffect;

    /// <summary>Append; answer with <see cref="LogCore.OnAppended"/>.</summary>
    public sealed record Append(ControlLogAppend Row) : LogEffect;

    /// <summary>The view is another one: publish it before anything that reports its version.</summary>
    public sealed record ViewMoved(ClusterView Old, ClusterView New) : LogEffect;

    /// <summary>A row of this node is known to be committed: tell the others.</summary>
    public sealed record Push(ControlLogRow Row) : LogEffect;

    /// <summary>A proposal came to its end.</summary>
    public sealed record Reply(long Ticket, ProposalOutcome Outcome) : LogEffect;

    /// <summary>The store stopped or began to answer.</summary>
    public sealed record StoreReachable(bool IsReachable, string Detail) : LogEffect;

    /// <summary>This node takes no further part in deciding: says why and what to do.</summary>
    /// <param name="IsForked">Another history goes on: what this node was granted may have been granted twice, it must not serve.</param>
    public sealed record Stopped(string Reason, bool IsForked) : LogEffect;

    /// <summary>The store has what this node has applied again: it decides as before.</summary>
    public sealed record Resumed : LogEffect;

    /// <summary>Write this down durably, in place of what was written before. Not waited for.</summary>
    public sealed record Remember(LogMark Mark) : LogEffect;

    /// <summary>An operator should know: the log was adopted, or is not compacted.</summary>
    public sealed record Notice(string Text) : LogEffect;
}

/// <summary>What became of a proposal.</summary>
public enum ProposalResult
{
    /// <summary>In the log, and in this node's view. Single changes may have been rejected by the view.</summary>
    Committed,

    /// <summary>On the newest view there was nothing left to propose.</summary>
    NotNeeded,

    /// <summary>Not in the log, and it will not get there.</summary>
    NotApplied,

    /// <summary>The store gave no answer in time: it may be in the log or get there. The node goes on finding out; read the view.</summary>
    Unknown,
}

/// <summary>The end of a proposal.</summary>
/// <param name="Version">Entry of a committed proposal, else 0.</param>
/// <param name="Rejections">Why changes of a committed proposal changed nothing.</param>
/// <param name="Detail">For people: the reason of a committed entry, or why it is not committed.</param>
public sealed record ProposalOutcome(ProposalResult Result, long Version, ImmutableArray<string> Rejections, string Detail)
{
    /// <summary>True when it is committed and nothing of it was rejected.</summary>
    public bool IsAccepted => Result == ProposalResult.Committed && Rejections.IsEmpty;
}
