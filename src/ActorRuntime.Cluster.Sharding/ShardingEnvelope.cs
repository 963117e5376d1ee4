namespace ActorRuntime.Cluster.Sharding;

/// <summary>A message with the id of the unit it is for, where the message itself does not name it.</summary>
/// <param name="EntityId">Id of the unit.</param>
/// <param name="Message">What the unit gets.</param>
public sealed record ShardingEnvelope(string EntityId, object Message);
