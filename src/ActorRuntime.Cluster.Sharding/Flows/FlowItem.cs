namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>One item of a flow.</summary>
/// <param name="SourceOffset">Where the source has it; offsets rise strictly within a flow, gaps are allowed (partitions).</param>
/// <param name="Bytes">The item, byte for byte.</param>
public readonly record struct FlowItem(long SourceOffset, ReadOnlyMemory<byte> Bytes);
