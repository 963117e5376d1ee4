using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Who should observe whom. Pure; the same nodes give the same sets on every node.</summary>
public static class ObserverAssignment
{
    /// <summary>The observers that a node should have.</summary>
    /// <param name="nodes">Serving nodes in join order, <paramref name="node"/> among them.</param>
    /// <param name="node">The node observed.</param>
    /// <param name="count">Observers per node in large clusters: the next ones in the ring of join order.</param>
    /// <returns>Everyone else in clusters of up to <paramref name="count"/> + 1 nodes; nobody for a lone node, which can then neither lose its
    /// lease nor be voted out (SAFETY 1B-12). The witness votes exactly in clusters of two.</returns>
    public static (ImmutableArray<NodeKey> Observers, bool Witness) For(IReadOnlyList<NodeKey> nodes, NodeKey node, int count)
    {
        var at = 0;
        while (nodes[at] != node) at++;
        return At(nodes, at, count);
    }

    /// <summary>As <see cref="For"/>, of the node at that place.</summary>
    internal static (ImmutableArray<NodeKey> Observers, bool Witness) At(IReadOnlyList<NodeKey> nodes, int at, int count)
    {
        var others = Math.Min(count, nodes.Count - 1);
        var observers = new NodeKey[others];
        for (var i = 0; i < others; i++) observers[i] = nodes[(at + 1 + i) % nodes.Count];
        Array.Sort(observers);
        return (ImmutableArray.Create(observers), nodes.Count == 2);
    }
}
