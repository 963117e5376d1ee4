using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>The cluster as the control log says it is. Immutable; equal versions are equal views on all nodes (I6).</summary>
/// <param name="Version">Control-log version of the newest entry applied; 0 for an empty log.</param>
/// <param name="Digest">SHA-256 over the stored text of that entry, hexadecimal; empty at version 0.</param>
/// <param name="Members">By name: at most one incarnation each.</param>
/// <param name="Lost">Incarnations declared lost, replaced or removed: never heard, echoed or accepted again. Bounded to the newest
/// <see cref="LostMax"/>.</param>
/// <param name="Orchestrator">Who decides, null before the first election.</param>
/// <param name="Types">Unit types by name.</param>
/// <param name="Flows">The flow table, by name.</param>
/// <param name="Timing">Timing of the signal channel, null while every node uses its own configuration.</param>
/// <param name="Rejections">The newest rejected changes, oldest first. Bounded to <see cref="RejectionsMax"/>.</param>
public sealed record ClusterView(
    long Version,
    string Digest,
    ImmutableSortedDictionary<string, Member> Members,
    ImmutableSortedDictionary<NodeKey, LostNode> Lost,
    OrchestratorSeat? Orchestrator,
    ImmutableSortedDictionary<string, UnitType> Types,
    ImmutableSortedDictionary<string, FlowState> Flows,
    SignalTimingSetting? Timing,
    ImmutableArray<Rejection> Rejections)
{
    public const int LostMax = 1024;
    public const int RejectionsMax = 64;

    /// <summary>Before the first entry.</summary>
    public static ClusterView Empty { get; } = new(
        0, "", Sorted<Member>(), ImmutableSortedDictionary<NodeKey, LostNode>.Empty, null, Sorted<UnitType>(), Sorted<FlowState>(), null, []);

    /// <summary>Members that are neither joining nor down: they hold leases, observe and may lead. In join order.</summary>
    public IEnumerable<Member> Serving => InJoinOrder.Where(m => m.Status is MemberStatus.Up or MemberStatus.Leaving);

    /// <summary>All members, oldest first.</summary>
    public IEnumerable<Member> InJoinOrder => MemberTrail.JoinOrder(this).Select(name => Members[name]);

    /// <summary>How the members came to be what they are; null where that is not known.</summary>
    internal MemberTrail? Trail { get; init; }

    /// <summary>The member of exactly this incarnation, whatever its status; null when there is none.</summary>
    public Member? Find(NodeKey node) => Members.TryGetValue(node.Name, out var member) && member.Key == node ? member : null;

    /// <summary>True when exactly this incarnation is a member that was not declared lost.</summary>
    public bool IsAlive(NodeKey node) => Find(node) is { Status: not MemberStatus.Down };

    private static ImmutableSortedDictionary<string, T> Sorted<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}

/// <summary>Who decides.</summary>
/// <param name="Term">Control-log version of the election.</param>
public sealed record OrchestratorSeat(long Term, NodeKey Node);

/// <summary>A change that the log holds and that changed nothing.</summary>
/// <param name="Version">Entry.</param>
/// <param name="Change">Kind of the change.</param>
/// <param name="Why">The state it expected, and the one there was.</param>
public sealed record Rejection(long Version, string Change, string Why);
