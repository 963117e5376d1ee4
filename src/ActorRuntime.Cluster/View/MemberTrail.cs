using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>The newest changes of a view's members: who follows views looks at what has changed instead of at everybody. A node's work for an entry
/// must not grow with the cluster.</summary>
/// <remarks>Derived and never stored. Each step names the members before and after it, by reference: a trail that does not lead from one view to the other
/// is noticed, and everybody is compared.</remarks>
internal sealed class MemberTrail
{
    private const int LengthMax = 64; // Views that were skipped together; each step keeps its members in memory.

    private readonly ImmutableSortedDictionary<string, Member> _before, _after;
    private readonly ImmutableArray<string> _joinOrder;
    private readonly string _name;
    private readonly MemberTrail? _older;
    private readonly int _length;

    private MemberTrail(ClusterView view, ImmutableSortedDictionary<string, Member> after, string name)
    {
        (_before, _after, _name) = (view.Members, after, name);
        _joinOrder = Moved(JoinOrder(view), _before, after, name);
        if (view.Trail is not { } older || !ReferenceEquals(older._after, _before) || older._length >= LengthMax) return;
        (_older, _length) = (older, older._length + 1);
    }

    /// <summary>The view with another member under that name, or none.</summary>
    public static ClusterView With(ClusterView view, string name, Member? member)
    {
        var members = member is null ? view.Members.Remove(name) : view.Members.SetItem(name, member);
        return ReferenceEquals(members, view.Members) ? view : view with { Members = members, Trail = new MemberTrail(view, members, name) };
    }

    /// <summary>Names of all members, oldest first; of equal age by name.</summary>
    public static ImmutableArray<string> JoinOrder(ClusterView view) =>
        view.Trail is { } trail && ReferenceEquals(trail._after, view.Members) ? trail._joinOrder
        : [.. view.Members.Values.OrderBy(static member => member.JoinedAt).Select(static member => member.Name)];

    /// <summary>The members that differ, by name: as they were in the older view, and as they are; null where there was or is none.</summary>
    public static List<(Member? Before, Member? Now)> Between(ClusterView old, ClusterView view)
    {
        var found = new List<(Member?, Member?)>();
        if (ReferenceEquals(old.Members, view.Members)) return found;
        foreach (var name in Trodden(old, view) ?? new SortedSet<string>(old.Members.Keys.Concat(view.Members.Keys), StringComparer.Ordinal))
        {
            var (before, now) = (old.Members.GetValueOrDefault(name), view.Members.GetValueOrDefault(name));
            if (!ReferenceEquals(before, now)) found.Add((before, now));
        }
        return found;
    }

    /// <summary>Null when the trail does not reach back to <paramref name="old"/>.</summary>
    private static SortedSet<string>? Trodden(ClusterView old, ClusterView view)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var after = view.Members;
        for (var step = view.Trail; step is not null && ReferenceEquals(step._after, after); step = step._older)
        {
            names.Add(step._name);
            after = step._before;
            if (ReferenceEquals(after, old.Members)) return names;
        }
        return null;
    }

    private static ImmutableArray<string> Moved(
        ImmutableArray<string> order, ImmutableSortedDictionary<string, Member> before, ImmutableSortedDictionary<string, Member> after, string name)
    {
        var (old, now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
        if (old?.JoinedAt == now?.JoinedAt) return order;
        if (old is not null) order = order.Remove(name);
        if (now is null) return order;
        var at = order.Length; // Who joins is the youngest.
        while (at > 0 && IsYounger(after[order[at - 1]], now)) at--;
        return order.Insert(at, name);
    }

    private static bool IsYounger(Member member, Member than) =>
        member.JoinedAt > than.JoinedAt || (member.JoinedAt == than.JoinedAt && string.CompareOrdinal(member.Name, than.Name) > 0);
}
