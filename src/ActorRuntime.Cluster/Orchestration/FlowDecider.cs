using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Keeps one healthy sender active in every flow that no operator stopped (CL-6, CL-7, CL-10).</summary>
internal static class FlowDecider
{
    /// <summary>Mutes senders whose node is gone; before their shards move to healthy nodes.</summary>
    public static void MuteLost(Situation s)
    {
        foreach (var flow in s.View.Flows.Values)
        for (var i = 0; i < flow.Senders.Length; i++)
        {
            var sender = flow.Senders[i];
            if (sender.Status == SenderStatus.Muted || Leader(s, sender) is not { } leader || s.View.IsAlive(leader)) continue;
            s.Draft.Add(new ControlChange.SenderMuted(flow.Name, i, $"{leader} lost"), $"sender {i} of {flow.Name} on {leader.Name} muted");
        }
    }

    /// <summary>Activates a sender where none is active, takes temporary ones back, and lets muted ones stand by again.</summary>
    public static void Switch(Situation s)
    {
        foreach (var name in s.View.Flows.Keys)
        {
            Unmute(s, s.View.Flows[name]);
            var flow = s.View.Flows[name];
            if (flow.MutedByOperator) continue;
            if (flow.Active is null) Activate(s, flow);
            else if (flow.Active is { } active && !IsHealthy(s, flow.Senders[active])) Replace(s, flow);
            else if (IsFailbackDue(s, flow)) To(s, flow, 0, $"{flow.Senders[0].Unit.Id} is healthy again");
        }
    }

    /// <summary>An operator's command: the first sender again, now. Null when it sends already, or cannot.</summary>
    public static Decision? Failback(ClusterView view, string name)
    {
        if (!view.Flows.TryGetValue(name, out var flow) || flow.Active == 0 || flow.Senders[0].Status != SenderStatus.Standby) return null;
        if (Predecessors.ShardOf(view, flow.Senders[0].Unit)?.Leader is not { } leader || !view.IsAlive(leader)) return null;
        const string why = "an operator's command";
        var change = new ControlChange.FlowSwitched(name, flow.Term, 0, Predecessors.OfFlow(view, flow, leader), why);
        return new Decision(view.Version, 0, [change], $"{name} → sender 0 on {leader.Name}: {why}");
    }

    private static void Activate(Situation s, FlowState flow)
    {
        if (FirstHealthy(s, flow, SenderStatus.Standby) is { } standby)
        {
            To(s, flow, standby, flow.Senders.Any(sender => sender.Status == SenderStatus.Muted) ? "the sender before it is lost" : "first in order");
            return;
        }
        // Better a sender that moved off a lost node than none.
        if (FirstHealthy(s, flow, SenderStatus.Muted) is not { } muted) return;
        const string why = "no other sender is left";
        if (s.Draft.Add(new ControlChange.SenderUnmuted(flow.Name, muted, why), null)) To(s, s.View.Flows[flow.Name], muted, why);
    }

    /// <summary>The active sender's node leaves and its shard found no other: a standby takes over where there is one.</summary>
    private static void Replace(Situation s, FlowState flow)
    {
        if (FirstHealthy(s, flow, SenderStatus.Standby) is { } standby) To(s, flow, standby, "the node of the sender before it leaves");
    }

    private static void Unmute(Situation s, FlowState flow)
    {
        for (var i = 0; i < flow.Senders.Length; i++)
        {
            var sender = flow.Senders[i];
            if (sender.Status != SenderStatus.Muted || sender.MutedByOperator || !IsHealthy(s, sender)) continue;
            var shard = Predecessors.ShardOf(s.View, sender.Unit)!;
            var isBack = IsHome(s, sender) && shard.Term < s.View.Version;
            if (!isBack && !s.HasHeld(Facts.Led(sender.Unit, shard), s.Options.FailbackAfter)) continue;
            s.Draft.Add(
                new ControlChange.SenderUnmuted(flow.Name, i, $"stands by on {shard.Leader}"),
                $"sender {i} of {flow.Name} stands by on {shard.Leader!.Value.Name}");
        }
    }

    private static bool IsFailbackDue(Situation s, FlowState flow)
    {
        var first = flow.Senders[0];
        if (flow.Failback != FailbackPolicy.Automatic || flow.Active == 0 || first.Status != SenderStatus.Standby) return false;
        if (!IsHealthy(s, first) || !IsHome(s, first)) return false;
        var shard = Predecessors.ShardOf(s.View, first.Unit)!;
        var leader = shard.Leader!.Value;
        return s.HasBeen(s.View.Find(leader)!, s.Options.FailbackAfter)
            && s.HasHeld(Facts.Led(first.Unit, shard), s.Options.FailbackAfter);
    }

    private static void To(Situation s, FlowState flow, int to, string why)
    {
        var predecessors = Predecessors.OfFlow(s.View, flow, Leader(s, flow.Senders[to]), s.HandedOverBy);
        var at = Leader(s, flow.Senders[to])!.Value.Name;
        s.Draft.Add(
            new ControlChange.FlowSwitched(flow.Name, flow.Term, to, predecessors, why), $"{flow.Name} → sender {to} on {at}: {why}");
    }

    /// <summary>The first in order of preference; one that stands on its own node before one that was moved off a lost or leaving
    /// node.</summary>
    private static int? FirstHealthy(Situation s, FlowState flow, SenderStatus status)
    {
        int? moved = null;
        for (var i = 0; i < flow.Senders.Length; i++)
        {
            if (flow.Senders[i].Status != status || flow.Senders[i].MutedByOperator || !IsHealthy(s, flow.Senders[i])) continue;
            if (IsHome(s, flow.Senders[i])) return i;
            moved ??= i;
        }
        return moved;
    }

    private static bool IsHome(Situation s, SenderState sender) =>
        Predecessors.ShardOf(s.View, sender.Unit) is { Leader: { } leader } shard && leader.Name == shard.Home;

    private static bool IsHealthy(Situation s, SenderState sender) => Leader(s, sender) is { } leader && s.IsUp(leader);

    private static NodeKey? Leader(Situation s, SenderState sender) => Predecessors.ShardOf(s.View, sender.Unit)?.Leader;
}
