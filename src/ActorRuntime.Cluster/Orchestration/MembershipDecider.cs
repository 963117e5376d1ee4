using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Joining → up, leaving → removed, and who observes whom.</summary>
internal static class MembershipDecider
{
    /// <summary>A joining node is up once its signals say that it knows it has joined: then it can be observed, too.</summary>
    public static void BringUp(Situation s)
    {
        foreach (var member in s.View.InJoinOrder.Where(m => m.Status == MemberStatus.Joining))
            if (s.AppliedBy(member.Key) >= member.JoinedAt) s.Draft.Add(new ControlChange.NodeUp(member.Key), $"{member.Name} up");
    }

    public static void Remove(Situation s)
    {
        foreach (var member in s.Draft.Start.InJoinOrder)
            if (ReasonToRemove(s, member) is { } reason)
                s.Draft.Add(new ControlChange.NodeRemoved(member.Key), $"{member.Name} removed: {reason}");
    }

    /// <summary>Brings the observer sets to what they should be, each in two steps (SAFETY 1B-9).</summary>
    public static void AssignObservers(Situation s)
    {
        var serving = s.View.Serving.Select(m => m.Key).ToArray();
        for (var at = 0; at < serving.Length; at++)
        {
            var node = serving[at];
            var member = s.View.Find(node)!;
            if (member.ObserverSets is [var old, var next] && MayRetire(s, member, next))
            {
                s.Draft.Add(new ControlChange.ObserversRetired(node, old.Epoch), $"old observers of {node.Name} retired");
                member = s.View.Find(node)!;
            }
            else if (member.ObserverSets is [_, var gone] && !CanHold(s.View, gone))
            {
                s.Draft.Add(new ControlChange.ObserversWithdrawn(node, gone.Epoch), $"new observers of {node.Name} withdrawn: too few of them are left");
                member = s.View.Find(node)!;
            }
            if (member.ObserverSets.Length > 1) continue;
            var (observers, witness) = ObserverAssignment.At(serving, at, s.Options.Observers);
            if (member.ObserverSets is [var only] && only.Witness == witness && only.Observers.SequenceEqual(observers)) continue;
            var who = string.Join(", ", observers.Select(o => o.Name)) + (witness ? ", the witness" : "");
            s.Draft.Add(new ControlChange.ObserversChanged(node, observers, witness), $"{node.Name} observed by {(who.Length == 0 ? "nobody" : who)}");
        }
    }

    /// <summary>The observed node itself has applied the newer set, or enough of the older one have, loss-after ago: they echo under the
    /// newer epoch, which the node does not count before it has applied it too.</summary>
    private static bool MayRetire(Situation s, Member member, ObserverSet next) =>
        s.Evidence.AppliedBy(member.Key) >= next.Epoch // Its report, also of this node itself: it waits for the lease on the new set.
        || s.HasHeld(Facts.ReportedBy(member, next), s.View.Timing?.LossAfter * 2 ?? s.Options.RetireAfter);

    /// <summary>A node that leases from the older set would wait for ever for a lease on the newer one, and report no newer view until then.</summary>
    private static bool CanHold(ClusterView view, ObserverSet next) =>
        1 + next.Observers.Count(view.IsAlive) + (next.Witness ? 1 : 0) >= next.LeaseQuorum;

    private static string? ReasonToRemove(Situation s, Member member) => member.Status switch
    {
        MemberStatus.Leaving when member.Key != s.Self && HasTakenNote(s, member) => "it left and leads nothing any more",
        MemberStatus.Joining when s.HasBeen(member, s.Options.JoiningTimeout) => $"not heard within {s.Options.JoiningTimeout}",
        MemberStatus.Down when s.HasBeen(member, s.Options.RemoveDownAfter) => $"down for {s.Options.RemoveDownAfter}",
        _ => null,
    };

    /// <summary>What placements and switches took from it has stopped there.</summary>
    private static bool HasTakenNote(Situation s, Member member)
    {
        var replacedIn = member.Since;
        foreach (var type in s.View.Types.Values)
        foreach (var shard in type.Shards.Values)
            if (shard.Predecessors.Contains(member.Key)) replacedIn = Math.Max(replacedIn, shard.Term);
        foreach (var flow in s.View.Flows.Values)
            if (flow.Predecessors.Contains(member.Key)) replacedIn = Math.Max(replacedIn, flow.Term);
        return s.HandedOverBy(member.Key) >= replacedIn;
    }
}
