using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>A message on its way to a unit, with its sender.</summary>
internal sealed record Delivery(string EntityId, object Message, IActorRef Sender);

/// <summary>A message between two regions; its sender travels as the sender of this one.</summary>
/// <param name="Version">View version of the region that forwards it.</param>
/// <param name="Hops">Regions that have forwarded it.</param>
internal sealed record ForwardedMessage(string Shard, string EntityId, object Message, long Version, int Hops);

/// <summary>A barrier between two regions.</summary>
/// <param name="Node">Name of the node that asks.</param>
[WireType("region-barrier")]
internal sealed record ForwardedBarrier(string Shard, string Node, ulong Incarnation, long Id, long Version, int Hops);

/// <summary>A barrier has come through.</summary>
[WireType("region-barrier-through")]
internal sealed record BarrierThrough(string Shard, long Id);

/// <summary>The leader of a term asks the region of a living predecessor to say when the shard's units have stopped there.</summary>
[WireType("region-ask-hand-over")]
internal sealed record AskHandOver(string Shard, long Term);

/// <summary>The node runs no unit of the shard any more, and will run none under a lower term.</summary>
/// <param name="Node">Name of the predecessor.</param>
[WireType("region-handed-over")]
internal sealed record HandedOver(string Node, ulong Incarnation, long Term);

/// <summary>The type was started on a node that had a proxy for it: the region runs units from now on.</summary>
internal sealed record BecomeHost(UnitTypeDefinition Type);

/// <summary>The region tells a shard's actor to end.</summary>
internal sealed record EndShard
{
    private EndShard() { }

    public static EndShard Instance { get; } = new();
}

/// <summary>The region tells a shard's actor that it is asked to hand over, or is asked no more.</summary>
internal sealed record TransferShard(ShardTransfer? Asked);

/// <summary>A shard's actor has stopped its units because a transfer was asked for; it serves no more in its term.</summary>
/// <param name="WasClear">It had made sure that no predecessor of its own serves: the next leader need not ask again.</param>
internal sealed record ShardStopped(string Shard, long Term, ShardTransfer Asked, bool WasClear);

/// <summary>A shard's actor has stopped its units and hands back what it did not deliver.</summary>
internal sealed record ShardEnded(string Shard, IReadOnlyCollection<Delivery> Undelivered);
