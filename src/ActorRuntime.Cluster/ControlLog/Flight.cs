using System.Diagnostics.CodeAnalysis;
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

/// <summary>The proposals of one node that wait for their turn, in the order they came; bounded by the caller.</summary>
internal sealed class WaitingLine
{
    private readonly LinkedList<Waiting> _line = [];

    public int Count => _line.Count;

    public void Add(Waiting proposal) => _line.AddLast(proposal);

    /// <summary>Before all others: it was taken already.</summary>
    public void PutBack(Waiting proposal) => _line.AddFirst(proposal);

    public bool TryTake([NotNullWhen(true)] out Waiting? proposal)
    {
        proposal = _line.First?.Value;
        if (proposal is not null) _line.RemoveFirst();
        return proposal is not null;
    }

    /// <summary>When the first of them gives up; <paramref name="deadline"/> if none does earlier.</summary>
    public MonotonicTime Earlier(MonotonicTime deadline)
    {
        foreach (var waiting in _line)
            if (waiting.GiveUpAt < deadline) deadline = waiting.GiveUpAt;
        return deadline;
    }

    /// <summary>Takes those out that give up by <paramref name="now"/>.</summary>
    public IEnumerable<Waiting> TakeOverdue(MonotonicTime now)
    {
        for (var node = _line.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.GiveUpAt <= now)
            {
                _line.Remove(node);
                yield return node.Value;
            }
            node = next;
        }
    }
}

/// <summary>The one proposal whose row was given to the store, until its version is occupied.</summary>
/// <param name="Proposal">Who waits for it; null for a row of the log's own (a compaction, a jump).</param>
internal sealed record Flight(Waiting? Proposal, ControlLogAppend Row, string Why)
{
    /// <summary>The insert, or an earlier one of the same, may still land.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>A no-op that occupies the version in place of an insert whose witness check fails now.</summary>
    public ControlLogAppend? NoOp { get; init; }

    /// <summary>Nobody waits for the outcome (any more).</summary>
    public bool IsAnswered { get; init; } = Proposal is null;

    public ControlLogAppend Next => NoOp ?? Row;
}
