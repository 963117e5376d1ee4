using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Turns votes and proofs into declarations of loss.</summary>
internal static class LossDecider
{
    /// <summary>Declares every member lost whose loss the evidence carries.</summary>
    public static void Decide(Draft draft, Evidence evidence, NodeKey self)
    {
        if (evidence.Votes.IsEmpty && evidence.Proofs.IsEmpty) return;
        foreach (var member in draft.Start.InJoinOrder)
        {
            if (member.Key == self || member.Status == MemberStatus.Down) continue;
            // Judged on the view before the entry: whoever is lost with this entry may still have voted before it.
            if (Find(draft.Start, member, evidence) is not { } loss) continue;
            if (draft.View.IsAlive(member.Key)) draft.Add(new ControlChange.NodeDown(member.Key, Narrowed(draft.View, loss)), Why(member, loss));
        }
    }

    /// <summary>The strongest evidence of the loss of <paramref name="member"/> that suffices; null while there is none.</summary>
    public static LossEvidence? Find(ClusterView view, Member member, Evidence evidence)
    {
        foreach (var proof in evidence.Proofs)
            if (proof.Peer == member.Key && LossRules.Refusal(view, member, proof.Evidence, default) is null) return proof.Evidence;

        if (evidence.Votes.IsEmpty) return null;
        var votes = evidence.Votes.Where(v => v.Peer == member.Key && v.Observer != member.Key && view.IsAlive(v.Observer)).ToImmutableArray();
        if (votes.IsEmpty) return null;
        var supporters = votes.Select(v => v.Observer).Distinct().Order().ToImmutableArray();
        var still = member.ObserverSets.Any(set => set.Witness)
            ? evidence.StillWitnesses.FirstOrDefault(w => w.Node == member.Key)?.Sequence
            : null;
        return LossRules.IsQuorum(view, member.ObserverSets, supporters, still is not null)
            ? new LossEvidence(LossKind.Quorum, supporters, still, votes.Min(v => v.SuspectedAt), votes.Max(v => v.ConfirmedAt), votes[0].Detail)
            : null;
    }

    /// <summary>Supporters lost earlier in the same entry no longer count.</summary>
    private static LossEvidence Narrowed(ClusterView view, LossEvidence loss) =>
        loss with { Supporters = loss.Supporters.RemoveAll(node => !view.IsAlive(node)) };

    private static string Why(Member member, LossEvidence loss) =>
        $"{member.Key} lost ({loss.Kind.ToString().ToLowerInvariant()}: {string.Join(", ", loss.Supporters.Select(s => s.Name))}"
        + (loss.WitnessSequence is null ? "" : " and the witness") + (loss.Detail.Length == 0 ? ")" : $"; {loss.Detail})");
}
