using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;

namespace ActorRuntime.Node.Demo;

/// <summary>The steps of one failure in milliseconds from the fault; null for a step that did not happen.</summary>
/// <param name="Suspected">The first observer that supported the loss suspected the node.</param>
/// <param name="Confirmed">The evidence was complete.</param>
/// <param name="Decided">The orchestrator decided what is to be done.</param>
/// <param name="Muted">That decision was durable: from here on nothing of the lost node counts.</param>
/// <param name="Activated">The receiver of the last affected flow had persisted the opening by the new sender.</param>
/// <param name="FirstItemAfter">The last affected flow had applied an item again.</param>
/// <param name="Rejoined">The node was back under its name, as a new incarnation.</param>
/// <param name="FailedBack">The last flow had been switched back to a sender on that node.</param>
/// <param name="LastFlow">The affected flow that came back last.</param>
/// <param name="Evidence">What the declaration of loss rested on.</param>
internal sealed record Timeline(
    double? Suspected, double? Confirmed, double? Decided, double? Muted, double? Activated, double? FirstItemAfter, double? Rejoined,
    double? FailedBack, string? LastFlow, string? Evidence)
{
    public static Timeline Empty { get; } = new(null, null, null, null, null, null, null, null, null, null);

    /// <summary>Reads the steps from what is persisted, and from nothing else.</summary>
    /// <param name="fault">Wall clock at which the fault was injected.</param>
    /// <param name="victim">The incarnation it hit.</param>
    /// <param name="log">The control log, oldest first.</param>
    /// <param name="recoveries">Affected flows.</param>
    public static Timeline Of(
        DateTimeOffset fault, NodeKey victim, IReadOnlyList<TimedEntry> log, IReadOnlyList<FlowRecovery> recoveries)
    {
        var after = log.Where(row => row.CommittedAt >= fault).ToList();
        var loss = Find<ControlChange.NodeDown>(after, down => down.Node == victim);
        var affected = recoveries.Select(recovery => recovery.Flow).ToImmutableHashSet();
        var moved = Find<ControlChange.FlowSwitched>(after, change => change.To is not null && affected.Contains(change.Flow));
        var turn = loss?.Row ?? moved?.Row;
        var evidence = loss?.Change.Evidence;
        var rejoined = Find<ControlChange.NodeJoined>(
            after, joined => joined.Node.Key.Name == victim.Name && joined.Node.Key != victim)?.Row;
        var last = recoveries.Where(recovery => recovery.FirstItemAt is not null).MaxBy(recovery => recovery.FirstItemAt);
        var complete = recoveries.All(recovery => recovery.FirstItemAt is not null);

        return new(
            Since(evidence?.SuspectedAt), Since(evidence?.ConfirmedAt), Since(turn?.Entry.DecidedAt), Since(turn?.CommittedAt),
            Since(recoveries.Max(recovery => recovery.OpenedAt)), complete ? Since(last?.FirstItemAt) : null, Since(rejoined?.CommittedAt),
            Since(FailedBackAt(after, rejoined)), last?.Flow, evidence is null ? null : ClusterTables.Describe(evidence));

        double? Since(DateTimeOffset? at) => at is { } time ? Math.Round((time - fault).TotalMilliseconds, 1) : null;
    }

    /// <summary>The last switch to a flow's own sender (the first) after the node was back, and before nodes leave at the end.</summary>
    private static DateTimeOffset? FailedBackAt(List<TimedEntry> after, TimedEntry? rejoined) => rejoined is null
        ? null
        : after.SkipWhile(row => row.Entry.Version <= rejoined.Entry.Version)
            .TakeWhile(row => !row.Entry.Changes.Any(change => change is ControlChange.NodeLeaving))
            .LastOrDefault(row => row.Entry.Changes.Any(change => change is ControlChange.FlowSwitched { To: 0 }))?.CommittedAt;

    private static (TimedEntry Row, T Change)? Find<T>(List<TimedEntry> rows, Predicate<T> matches)
        where T : ControlChange
    {
        foreach (var row in rows)
        {
            foreach (var change in row.Entry.Changes)
            {
                if (change is T wanted && matches(wanted)) return (row, wanted);
            }
        }
        return null;
    }
}
