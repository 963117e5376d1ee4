using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Who tells whom of a new entry. Pure.</summary>
/// <remarks>
/// In a small cluster whoever commits tells everybody. In a large one that would connect everybody with everybody, as each node commits something
/// when it joins: there the members in join order are a tree, whoever commits tells its root, and each member hands on what it has applied itself. A member that is
/// missed, because one before it has just died, learns of the version from the signals and reads the store.
/// </remarks>
internal static class PushTree
{
    internal const int ChildrenMax = 16;

    /// <summary>Whom <paramref name="self"/> tells of an entry that it has committed.</summary>
    public static List<Member> OfCommitter(ClusterView view, NodeKey self)
    {
        if (view.Members.Count <= ViewLimits.SmallMax) return [.. view.Members.Values.Where(member => member.Key != self && member.Status != MemberStatus.Down)];
        var (order, told) = (MemberTrail.JoinOrder(view), new List<Member>());
        Reach(view, order, 0, told);
        return told is [var root] && root.Key == self ? OfOther(view, self) : told;
    }

    /// <summary>Whom <paramref name="self"/> tells of an entry that it was told.</summary>
    public static List<Member> OfOther(ClusterView view, NodeKey self)
    {
        var told = new List<Member>();
        if (view.Members.Count <= ViewLimits.SmallMax) return told;
        var order = MemberTrail.JoinOrder(view);
        var place = order.IndexOf(self.Name);
        if (place >= 0) ReachBelow(view, order, place, told);
        return told;
    }

    private static void Reach(ClusterView view, ImmutableArray<string> order, int place, List<Member> told)
    {
        if (place >= order.Length) return;
        var member = view.Members[order[place]];
        if (member.Status != MemberStatus.Down) told.Add(member);
        else ReachBelow(view, order, place, told); // Whoever tells the one before them stands in.
    }

    private static void ReachBelow(ClusterView view, ImmutableArray<string> order, int place, List<Member> told)
    {
        for (var child = 1; child <= ChildrenMax; child++) Reach(view, order, ChildrenMax * place + child, told);
    }
}
