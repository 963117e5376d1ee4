using System.Collections.Immutable;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>State of a receiver unit at one sequence number.</summary>
/// <param name="UnitState">State of a derived unit, null without one.</param>
[WireType("receiver-snapshot")]
internal sealed record ReceiverSnapshot(ReceiverSnapshot.Flow[] Flows, object? UnitState)
{
    public static ReceiverSnapshot Of(IEnumerable<(string Name, FlowReceiverState State)> flows, object? unitState) =>
        new([.. flows.Select(flow => Flow.Of(flow.Name, flow.State))], unitState);

    /// <summary>State of one flow.</summary>
    public sealed record Flow(
        string Name, long Term, long ShardTerm, long Attempt, int Sender, long Position, long SourceOffset, byte[] Chain,
        long RefusedMessages, long RefusedItems, long OpenedAtMs, long LastItemAtMs, long? CompletedAtMs)
    {
        public static Flow Of(string name, FlowReceiverState state) => new(
            name, state.Fence.Term, state.Fence.ShardTerm, state.Fence.Attempt, state.Sender, state.Position, state.SourceOffset,
            [.. state.Chain], state.RefusedMessages, state.RefusedItems, state.OpenedAtMs, state.LastItemAtMs, state.CompletedAtMs);

        public FlowReceiverState ToState() => new(
            new FlowFence(Term, ShardTerm, Attempt), Sender, Position, SourceOffset, ImmutableArray.Create(Chain), RefusedMessages,
            RefusedItems, OpenedAtMs, LastItemAtMs, CompletedAtMs);
    }
}
