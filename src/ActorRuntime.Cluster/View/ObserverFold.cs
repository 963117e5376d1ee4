using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Cluster.View;

/// <summary>Observer sets, which change jointly (SAFETY 1B-9), and the timing they share (1B-10).</summary>
internal static class ObserverFold
{
    public static Folded Change(ClusterView view, ControlChange.ObserversChanged changed)
    {
        if (view.Find(changed.Node) is not { } member) return MembershipFold.NotThere(changed.Node);
        if (member.Status is not (MemberStatus.Up or MemberStatus.Leaving)) return $"{changed.Node} is {member.Status}";
        if (member.ObserverSets.Length > 1) return $"a change of the observers of {changed.Node} is in progress";
        if (SetRefusal(view, changed) is { } refusal) return refusal;
        var set = new ObserverSet(view.Version, changed.Observers, changed.Witness);
        if (member.ObserverSets is [var only] && only.Witness == set.Witness && only.Observers.SequenceEqual(set.Observers))
            return $"{changed.Node} has these observers already";
        return MembershipFold.WithMember(view, member with { ObserverSets = member.ObserverSets.Add(set) });
    }

    public static Folded Retire(ClusterView view, ControlChange.ObserversRetired retired) =>
        view.Find(retired.Node) is not { } member ? MembershipFold.NotThere(retired.Node)
        : member.Status == MemberStatus.Down ? $"{retired.Node} is down: its observer sets stand for the gate"
        : member.ObserverSets is not [var old, _] ? $"no change of the observers of {retired.Node} is in progress"
        : old.Epoch != retired.Epoch ? $"the older set of {retired.Node} has epoch {old.Epoch}, not {retired.Epoch}"
        : MembershipFold.WithMember(view, member with { ObserverSets = member.ObserverSets.RemoveAt(0) });

    public static Folded Withdraw(ClusterView view, ControlChange.ObserversWithdrawn withdrawn) =>
        view.Find(withdrawn.Node) is not { } member ? MembershipFold.NotThere(withdrawn.Node)
        : member.Status == MemberStatus.Down ? $"{withdrawn.Node} is down: its observer sets stand for the gate"
        : member.ObserverSets is not [_, var next] ? $"no change of the observers of {withdrawn.Node} is in progress"
        : next.Epoch != withdrawn.Epoch ? $"the newer set of {withdrawn.Node} has epoch {next.Epoch}, not {withdrawn.Epoch}"
        : MembershipFold.WithMember(view, member with { ObserverSets = member.ObserverSets.RemoveAt(1) });

    public static Folded ChangeTiming(ClusterView view, ControlChange.SignalTimingChanged timing)
    {
        var setting = new SignalTimingSetting(timing.Interval, timing.Lease, timing.LossAfter);
        return setting.Refusal() is { } refusal ? refusal : view with { Timing = setting };
    }

    private static string? SetRefusal(ClusterView view, ControlChange.ObserversChanged changed)
    {
        if (changed.Observers.Length > ViewLimits.ObserversMax) return $"more than {ViewLimits.ObserversMax} observers";
        for (var i = 0; i < changed.Observers.Length; i++)
        {
            var observer = changed.Observers[i];
            if (observer == changed.Node) return $"{observer} cannot observe itself";
            if (!view.IsAlive(observer)) return $"observer {observer} is no live member";
            if (i > 0 && changed.Observers[i - 1] >= observer) return "observers are not in order";
        }
        return null;
    }
}
