namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>Each unit is a shard of its own, reached by envelopes.</summary>
internal sealed class NamedUnitExtractor : IMessageExtractor
{
    public int MaxNumberOfShards => 0;

    public string? EntityId(object message) => (message as ShardingEnvelope)?.EntityId;

    public object EntityMessage(object message) => ((ShardingEnvelope)message).Message;

    public string ShardId(string entityId) => entityId;
}
