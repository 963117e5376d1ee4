namespace ActorRuntime.Cluster.Sharding;

/// <summary>Finds in a message the unit it is for. Pure: equal messages, equal answers, on every node.</summary>
public interface IMessageExtractor
{
    /// <summary>Number of shards; their ids are <c>0</c> to one less. Equal on every node and for ever.</summary>
    int MaxNumberOfShards { get; }

    /// <summary>Id of the unit, null when the message is for none: it becomes a dead letter.</summary>
    string? EntityId(object message);

    /// <summary>What the unit gets: the message itself, or what the envelope holds.</summary>
    object EntityMessage(object message);

    /// <summary>Shard of a unit.</summary>
    string ShardId(string entityId);
}
