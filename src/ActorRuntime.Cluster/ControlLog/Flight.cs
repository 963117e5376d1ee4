using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>A proposal that waits for its turn: decided when the turn comes, and anew after a conflict.</summary>
internal sealed record Waiting(long Ticket, Func<ClusterView, Decision?> Decide, MonotonicTime GiveUpAt)
{
    /// <summary>The log was read to its head since it came: only then is "nothing to do" a true answer.</summary>
    public bool IsOnNewest { get; init; }
}

/// <summary>The one proposal whose row was given to the store, until its version is occupied.</summary>
internal sealed record Flight(Waiting Proposal, ControlLogAppend Row, string Why)
{
    /// <summary>The insert, or an earlier one of the same, may still land.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>A no-op that occupies the version in place of an insert whose witness check fails now.</summary>
    public ControlLogAppend? NoOp { get; init; }

    public bool IsAnswered { get; init; }

    public ControlLogAppend Next => NoOp ?? Row;
}
