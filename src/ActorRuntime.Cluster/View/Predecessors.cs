using System.Collections.Immutable;

namespace ActorRuntime.Cluster.View;

/// <summary>Who may still serve or send under an earlier term: the nodes whose gate a successor waits for (SAFETY 1B-7).</summary>
/// <remarks>A node drops off the list when its process is known to have ended, when it is the successor itself (one process follows one
/// view), or when it has said that what it lost up to the view in which it was replaced has stopped. That it applied that view is not enough:
/// its units may still have messages in their mailboxes, and a shard can move on twice meanwhile. A lost one also drops off once the gate of
/// the node that decides is open for it: carried on, it would hold up a successor that joined after its observers had gone.</remarks>
internal static class Predecessors
{
    private static readonly Func<NodeKey, long> NobodyReported = _ => 0;

    /// <summary>Predecessors of the next leader of a shard.</summary>
    /// <param name="at">The next leader; null while there is none.</param>
    /// <param name="handedOverBy">What a node lost in views up to this version has stopped there, as it said; 0 when unknown, the greatest
    /// number when it serves no more for sure.</param>
    public static ImmutableArray<NodeKey> OfShard(ClusterView view, ShardState shard, NodeKey? at, Func<NodeKey, long>? handedOverBy = null)
    {
        var nodes = Pending(view, shard.Predecessors, shard.Term, handedOverBy ?? NobodyReported);
        if (shard.Leader is { } leader && !IsSilenced(leader, handedOverBy)) Add(view, nodes, leader);
        if (at is { } successor) nodes.Remove(successor);
        return [.. nodes];
    }

    /// <summary>Predecessors of the next active sender of a flow.</summary>
    /// <param name="at">Node of the next active sender; null while there is none.</param>
    public static ImmutableArray<NodeKey> OfFlow(ClusterView view, FlowState flow, NodeKey? at, Func<NodeKey, long>? handedOverBy = null)
    {
        var nodes = Pending(view, flow.Predecessors, flow.Term, handedOverBy ?? NobodyReported);
        if (flow.Active is { } active && ShardOf(view, flow.Senders[active].Unit) is { } shard)
        {
            foreach (var earlier in Pending(view, shard.Predecessors, shard.Term, handedOverBy ?? NobodyReported)) Add(view, nodes, earlier);
            if (shard.Leader is { } leader && !IsSilenced(leader, handedOverBy)) Add(view, nodes, leader);
        }
        if (at is { } successor) nodes.Remove(successor);
        return [.. nodes];
    }

    /// <summary>The shard that a sender unit is.</summary>
    public static ShardState? ShardOf(ClusterView view, UnitId unit) =>
        view.Types.GetValueOrDefault(unit.Type)?.Shards.GetValueOrDefault(unit.Id);

    private static SortedSet<NodeKey> Pending(
        ClusterView view, ImmutableArray<NodeKey> earlier, long replacedIn, Func<NodeKey, long> handedOverBy)
    {
        var nodes = new SortedSet<NodeKey>();
        foreach (var node in earlier)
            if (handedOverBy(node) < replacedIn) Add(view, nodes, node);
        return nodes;
    }

    private static bool IsSilenced(NodeKey node, Func<NodeKey, long>? handedOverBy) => handedOverBy?.Invoke(node) == long.MaxValue;

    private static void Add(ClusterView view, SortedSet<NodeKey> nodes, NodeKey node)
    {
        if (view.IsAlive(node) || (view.Lost.TryGetValue(node, out var lost) && !lost.Evidence.IsAuthoritative)) nodes.Add(node);
    }
}
