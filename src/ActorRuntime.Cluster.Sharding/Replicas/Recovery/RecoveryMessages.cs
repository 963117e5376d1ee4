using System.Collections.Immutable;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Replicas.Recovery;

/// <summary>Asks a node which logs of a type's shards it has; answered by <see cref="HeldLogs"/>.</summary>
[WireType("ask-held-logs")]
internal sealed record AskHeldLogs(string Type);

/// <summary>The logs of a type's shards on a node.</summary>
/// <param name="Node">Name of the node.</param>
[WireType("held-logs")]
internal sealed record HeldLogs(string Node, ulong Incarnation, ImmutableArray<HeldLog> Logs);

/// <summary>A log on a node.</summary>
/// <param name="Origin">History that it is of: see <see cref="View.LogOrigin.Version"/>.</param>
/// <param name="Height">Of its newest block.</param>
/// <param name="HeadTerm">Of that block.</param>
/// <param name="Start">Height below which it holds nothing any more.</param>
/// <param name="Committed">Height up to which it knows, in this life of its node, its blocks to be committed.</param>
/// <param name="Heard">Highest height it was told was committed, in this life of its node.</param>
/// <param name="Failure">Why there is none; null when there is.</param>
[WireType("held-log")]
internal sealed record HeldLog(string Shard, ulong StoreId, long Origin, long Height, long HeadTerm, long Start, long Committed, long Heard, string? Failure);
