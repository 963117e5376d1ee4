namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>Bounds of a region.</summary>
/// <param name="BufferSize">Messages waiting at most.</param>
/// <param name="HopsMax">Regions a message may pass.</param>
/// <param name="DrainFor">How long messages wait at most for earlier ones to come through after a move.</param>
internal sealed record RegionLimits(int BufferSize, int HopsMax, TimeSpan DrainFor);
