using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Who decides, and who comes next.</summary>
internal static class Seat
{
    /// <summary>True when somebody else should decide: there is no orchestrator, or it left, is leaving while another node is up, said that
    /// it cannot reach the store, or is provably lost.</summary>
    public static bool IsVacant(ClusterView view, Evidence evidence) =>
        view.Orchestrator is not { } seat
        || view.Find(seat.Node) is not { Status: not MemberStatus.Down } member
        || (member.Status != MemberStatus.Up && view.Members.Values.Any(m => m.Status == MemberStatus.Up))
        || evidence.SteppedDown.Contains(seat.Node)
        || LossDecider.Find(view, member, evidence) is not null;

    /// <summary>Proposes <paramref name="self"/> when its turn has come.</summary>
    public static void Elect(Draft draft, Evidence evidence, OrchestratorMemory memory, NodeKey self, OrchestratorOptions options, ref MonotonicTime deadline)
    {
        var view = draft.View;
        var place = PlaceInSuccession(draft.Start, evidence, self);
        if (place < 0 || !memory.HasHeld(Facts.Vacant(draft.Start), place * options.ElectionDelay, ref deadline)) return;

        var seat = view.Orchestrator;
        var steppedDown = seat is not null && evidence.SteppedDown.Contains(seat.Node);
        var reason = seat is null ? "first orchestrator"
            : steppedDown ? $"orchestrator {seat.Node} cannot reach the store"
            : $"orchestrator {seat.Node} is {view.Find(seat.Node)?.Status.ToString().ToLowerInvariant() ?? "gone"}";
        draft.Add(new ControlChange.OrchestratorElected(self, seat?.Term ?? 0, steppedDown), $"{self.Name} decides: {reason}");
    }

    /// <summary>Counts the healthy nodes before <paramref name="self"/>: those that are up in join order, then the joining, then the
    /// leaving. -1 when self is no candidate.</summary>
    private static int PlaceInSuccession(ClusterView view, Evidence evidence, NodeKey self)
    {
        if (!view.IsAlive(self) || evidence.SteppedDown.Contains(self)) return -1;
        var before = 0;
        foreach (var member in view.InJoinOrder.Where(m => m.Status != MemberStatus.Down).OrderBy(Rank))
        {
            if (member.Key == self) return before;
            var isHealthy = !evidence.SteppedDown.Contains(member.Key) && LossDecider.Find(view, member, evidence) is null;
            if (isHealthy && view.Orchestrator?.Node != member.Key) before++;
        }
        return -1;
    }

    private static int Rank(Member member) => member.Status switch { MemberStatus.Up => 0, MemberStatus.Joining => 1, _ => 2 };
}
