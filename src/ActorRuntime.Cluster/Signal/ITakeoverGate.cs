using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Says when what only the lease protects (singletons, lease reads, temporary senders, plain sends) may be taken over (SAFETY
/// 1B-7).
/// Any thread.</summary>
public interface ITakeoverGate
{
    /// <summary>True when <paramref name="predecessor"/> is known to serve no more what it lost with the entry <paramref
    /// name="version"/>.</summary>
    /// <param name="predecessor">One of <c>ShardState.Predecessors</c> or <c>FlowState.Predecessors</c>.</param>
    /// <param name="version">Term of the shard or flow: the version of the entry that named the successor.</param>
    bool IsClear(NodeKey predecessor, long version);
}
