using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.View;

/// <summary>Derives the view from the log: the one place where an entry becomes a fact.</summary>
/// <remarks>
/// Pure and total. Every node folds the same entries into the same view (I6). A change that names another state than there is, or that a
/// proposer had no right to, is recorded in <see cref="ClusterView.Rejections"/> and changes nothing else; the other changes of its entry
/// stand (each one is safe by itself).
/// Checked here, whoever proposes: losses (<see cref="LossRules"/>), one incarnation per name, one orchestrator per term, one leader per
/// (shard, term), one active sender per (flow, term), at most two observer sets per node.
/// </remarks>
public static class ViewFold
{
    /// <summary>The view after <paramref name="entry"/>.</summary>
    /// <param name="view">The view before it.</param>
    /// <param name="entry">The next entry: its version and its digest chain were checked by the reader.</param>
    /// <param name="digest">SHA-256 over the stored text of the entry, hexadecimal.</param>
    public static ClusterView Apply(ClusterView view, LogEntry entry, string digest)
    {
        Invariant.Holds(entry.Version == view.Version + 1 || IsJump(view, entry));
        view = view with { Version = entry.Version, Digest = digest };
        foreach (var change in entry.Changes)
        {
            var (next, refusal) = Apply(view, change, entry);
            view = next ?? Reject(view, change.GetType().Name, refusal!);
        }
        return view;
    }

    /// <summary>True when the entry goes on after a gap because an operator adopted the log as it was.</summary>
    public static bool IsJump(ClusterView view, LogEntry entry) =>
        entry.Version > view.Version + 1 && entry.Changes is [ControlChange.LogAdopted adopted] && adopted.From == view.Version;

    internal static ClusterView Reject(ClusterView view, string change, string why)
    {
        var rejections = view.Rejections;
        if (rejections.Length >= ClusterView.RejectionsMax) rejections = rejections.RemoveAt(0);
        return view with { Rejections = rejections.Add(new Rejection(view.Version, change, why)) };
    }

    /// <summary>What one change of <paramref name="entry"/> does to a view that has the entry's version already.</summary>
    internal static Folded Apply(ClusterView view, ControlChange change, LogEntry entry)
    {
        if (NeedsOrchestrator(change, entry) && RightRefusal(view, entry) is { } refusal) return refusal;
        return change switch
        {
            ControlChange.NodeJoined joined => MembershipFold.Join(view, joined, entry),
            ControlChange.NodeUp up => MembershipFold.Up(view, up),
            ControlChange.NodeLeaving leaving => MembershipFold.Leave(view, leaving),
            ControlChange.NodeDown down => MembershipFold.Down(view, down, entry),
            ControlChange.NodeEnded ended => MembershipFold.End(view, ended),
            ControlChange.NodeRemoved removed => MembershipFold.Remove(view, removed, entry),
            ControlChange.ObserversChanged changed => ObserverFold.Change(view, changed),
            ControlChange.ObserversRetired retired => ObserverFold.Retire(view, retired),
            ControlChange.ObserversWithdrawn withdrawn => ObserverFold.Withdraw(view, withdrawn),
            ControlChange.OrchestratorElected elected => MembershipFold.Elect(view, elected, entry),
            ControlChange.SignalTimingChanged timing => ObserverFold.ChangeTiming(view, timing),
            ControlChange.UnitTypeHosted hosted => ShardFold.Host(view, hosted),
            ControlChange.ShardsPlaced placed => ShardFold.Place(view, placed, entry),
            ControlChange.TransfersChanged changed => ShardFold.Transfer(view, changed),
            ControlChange.ReplicasChanged changed => ReplicaFold.Change(view, changed, entry),
            ControlChange.ReplicationChanged changed => ReplicaFold.ChangeReplication(view, changed),
            ControlChange.ShardsRecovered recovered => RecoveryFold.Recover(view, recovered),
            ControlChange.LearnersAssigned assigned => ReplicaFold.Assign(view, assigned),
            ControlChange.FlowDefined defined => FlowFold.Define(view, defined),
            ControlChange.FlowSwitched switched => FlowFold.Switch(view, switched),
            ControlChange.FlowMuted muted => FlowFold.Mute(view, muted),
            ControlChange.FlowUnmuted unmuted => FlowFold.Unmute(view, unmuted),
            ControlChange.SenderMuted muted => FlowFold.MuteSender(view, muted, entry),
            ControlChange.SenderUnmuted unmuted => FlowFold.UnmuteSender(view, unmuted),
            ControlChange.LogCompacted or ControlChange.LogAdopted => view,
            _ => $"unknown change {change.GetType().Name}",
        };
    }

    /// <summary>Decisions that only the orchestrator takes. An operator's command (term 0) may also switch a flow, mute a sender and ask for a
    /// transfer: the term of the flow, or of the shard, keeps it from overtaking. A leader that was asked for a transfer places its successor.</summary>
    private static bool NeedsOrchestrator(ControlChange change, LogEntry entry) => change switch
    {
        ControlChange.NodeUp or ControlChange.ObserversChanged or ControlChange.ObserversRetired or ControlChange.ObserversWithdrawn
            or ControlChange.LearnersAssigned => true,
        ControlChange.ShardsPlaced placed => placed.Placements.IsEmpty || placed.Placements.Any(placement => placement.Transfer == 0),
        ControlChange.FlowSwitched or ControlChange.SenderMuted or ControlChange.SenderUnmuted or ControlChange.TransfersChanged => entry.OrchestratorTerm != 0,
        ControlChange.NodeRemoved removed => removed.Node != entry.Proposer,
        _ => false,
    };

    private static string? RightRefusal(ClusterView view, LogEntry entry) =>
        view.Orchestrator is not { } seat ? "there is no orchestrator yet"
        : seat.Term == entry.OrchestratorTerm && seat.Node == entry.Proposer ? null
        : $"decided by {entry.Proposer} in term {entry.OrchestratorTerm}; the orchestrator is {seat.Node} in term {seat.Term}";
}

/// <summary>What became of one change: a new view, or why nothing changed.</summary>
internal readonly record struct Folded(ClusterView? View, string? Refusal)
{
    public static implicit operator Folded(ClusterView view) => new(view, null);

    public static implicit operator Folded(string refusal) => new(null, refusal);
}
