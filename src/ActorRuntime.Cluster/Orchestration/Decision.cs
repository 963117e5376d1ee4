using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>An entry that should be committed next.</summary>
/// <param name="BasedOn">Version of the view it was decided on; it is committed at the next version or decided anew.</param>
/// <param name="OrchestratorTerm">Term it is decided under; the version of the entry itself when it holds the election.</param>
/// <param name="Changes">In the order of application.</param>
/// <param name="Why">The reasons, for people.</param>
public sealed record Decision(long BasedOn, long OrchestratorTerm, ImmutableArray<ControlChange> Changes, string Why);

/// <summary>An entry in the making: changes are tried on a copy of the view as they are added, so each decider sees what the ones before it
/// decided, and nothing is proposed that the log would reject.</summary>
internal sealed class Draft
{
    private const int ReasonsMax = 16;

    private readonly ClusterView _start;
    private readonly NodeKey _proposer;
    private readonly List<ControlChange> _changes = [];
    private readonly List<string> _reasons = [];
    private long _term;

    public Draft(ClusterView view, NodeKey proposer)
    {
        (_start, _proposer) = (view, proposer);
        _term = view.Orchestrator is { } seat && seat.Node == proposer ? seat.Term : 0;
        View = view with { Version = view.Version + 1 };
    }

    /// <summary>The view as it will be, at the version of the entry.</summary>
    public ClusterView View { get; private set; }

    /// <summary>The view before the entry.</summary>
    public ClusterView Start => _start;

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>True when the proposer is the orchestrator, or becomes it with this entry.</summary>
    public bool HasSeat => _term != 0;

    /// <summary>Adds a change if it would be accepted.</summary>
    /// <returns>False when the log would reject it: it is left out.</returns>
    public bool Add(ControlChange change, string? why)
    {
        var term = change is ControlChange.OrchestratorElected ? View.Version : _term;
        var (next, _) = ViewFold.Apply(View, change, Entry(term, []));
        if (next is null) return false;
        (View, _term) = (next, term);
        _changes.Add(change);
        if (why is not null && _reasons.Count < ReasonsMax) _reasons.Add(why);
        return true;
    }

    public Decision? ToDecision() =>
        IsEmpty ? null : new Decision(_start.Version, _term, [.. _changes], string.Join("; ", _reasons));

    private LogEntry Entry(long term, ImmutableArray<ControlChange> changes) =>
        new(View.Version, "", "", _proposer, term, default, "", changes);
}
