using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Decides about the cluster: who is lost, who is up, who observes whom, who leads which shard, who sends in which flow.</summary>
/// <remarks>
/// Pure: view, evidence and memory in, at most one entry out. It assumes nothing about other deciders: several may decide at once on old
/// views, the compare-and-set of the log lets one through and the others decide anew on what is then the view (SAFETY 1A-5).
/// What belongs to one failure is one entry: loss, mutes, new leaders, switched flows, and the election when the orchestrator itself was
/// lost. Everything else is done one step at a time, and moves by choice wait while a failure is handled (CL-11).
/// </remarks>
public static class Orchestrator
{
    private static readonly TimeSpan RestPerMember = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether this node decides now, or may have to: whoever is far from it need not even remember in a large cluster.</summary>
    internal static bool IsConcerned(ClusterView view, Evidence evidence, NodeKey self) =>
        view.Members.Count <= ViewLimits.SmallMax || view.Orchestrator?.Node == self || Seat.IsVacant(view, evidence);

    /// <summary>How long to rest between two decisions. An entry makes work at every member: in a large cluster what can wait (members that join, leave, change
    /// observers) is gathered for a while. Losses never wait.</summary>
    internal static TimeSpan Rest(ClusterView view, Evidence evidence) =>
        view.Members.Count <= ViewLimits.SmallMax || !evidence.Votes.IsEmpty || !evidence.Proofs.IsEmpty || !evidence.SteppedDown.IsEmpty || Seat.IsVacant(view, evidence)
            ? TimeSpan.Zero
            : view.Members.Count * RestPerMember;

    /// <summary>The entry to commit next; null when nothing is to be decided, or not by <paramref name="self"/>.</summary>
    public static Decision? Decide(
        ClusterView view, Evidence evidence, OrchestratorMemory memory, NodeKey self, OrchestratorOptions options) =>
        Decide(view, evidence, memory, self, options, out _);

    /// <inheritdoc cref="Decide(ClusterView, Evidence, OrchestratorMemory, NodeKey, OrchestratorOptions)"/>
    /// <param name="deadline">Until then the answer to the same view and evidence is the same.</param>
    internal static Decision? Decide(
        ClusterView view, Evidence evidence, OrchestratorMemory memory, NodeKey self, OrchestratorOptions options, out MonotonicTime deadline)
    {
        deadline = new MonotonicTime(long.MaxValue);
        if (!view.IsAlive(self)) return null;

        var draft = new Draft(view, self);
        if (!draft.HasSeat && !Seat.IsVacant(view, evidence)) return null;

        LossDecider.Decide(draft, evidence, self);
        if (!draft.HasSeat) Seat.Elect(draft, evidence, memory, self, options, ref deadline);
        if (!draft.HasSeat) return null;

        var situation = new Situation(draft, evidence, memory, self, options, deadline);
        FlowDecider.MuteLost(situation);
        MembershipDecider.BringUp(situation);
        ShardDecider.SettleTransfers(situation);
        ShardDecider.Place(situation);
        ReplicaDecider.Assign(situation);
        if (options.Rebalance && situation.IsCalm) ShardDecider.Rebalance(situation);
        FlowDecider.Switch(situation);
        MembershipDecider.Remove(situation);
        MembershipDecider.AssignObservers(situation);
        deadline = situation.Deadline;
        return draft.ToDecision();
    }
}

/// <summary>What all deciders look at.</summary>
internal sealed class Situation(
    Draft draft, Evidence evidence, OrchestratorMemory memory, NodeKey self, OrchestratorOptions options, MonotonicTime deadline)
{
    private MonotonicTime _deadline = deadline;

    public Draft Draft { get; } = draft;

    public Evidence Evidence { get; } = evidence;

    public NodeKey Self { get; } = self;

    public OrchestratorOptions Options { get; } = options;

    /// <summary>When the first question that was asked about the passing of time will have another answer.</summary>
    public MonotonicTime Deadline => _deadline;

    public ClusterView View => Draft.View;

    /// <summary>No failure is being handled: nobody suspects a live member, the last loss is a while ago, nothing was decided just now, and
    /// whoever serves has taken note of the last moves.</summary>
    public bool IsCalm =>
        Draft.IsEmpty
        && !Evidence.Votes.Any(vote => View.IsAlive(vote.Peer))
        && !Evidence.Proofs.Any(proof => View.IsAlive(proof.Peer))
        && HasHeld(Facts.LostBy(Draft.Start), Options.RebalanceInterval)
        && HasHeld(Facts.PlacedBy(Draft.Start), Options.RebalanceInterval)
        && HaveApplied(Facts.NewestPlacement(Draft.Start));

    /// <summary>Newest view version that a node is known to have applied.</summary>
    public long AppliedBy(NodeKey node) => node == Self ? Draft.Start.Version : Evidence.AppliedBy(node);

    /// <summary>Whatever views up to this version took from a node is known to have stopped there.</summary>
    public long HandedOverBy(NodeKey node) => Evidence.HandedOverBy(node);

    public bool IsUp(NodeKey node) => View.Find(node) is { Status: MemberStatus.Up };

    public bool HasBeen(Member member, TimeSpan time) => HasHeld(Facts.Status(member), time);

    public bool HasHeld(string fact, TimeSpan time) => memory.HasHeld(fact, time, ref _deadline);

    private bool HaveApplied(long version)
    {
        foreach (var member in View.Serving)
            if (AppliedBy(member.Key) < version) return false;
        return true;
    }
}
