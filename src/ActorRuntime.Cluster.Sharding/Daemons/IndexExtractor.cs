using System.Globalization;

namespace ActorRuntime.Cluster.Sharding.Daemons;

/// <summary>A fixed number of units, <c>0</c> to one less, each a shard of its own; reached by envelopes.</summary>
internal sealed class IndexExtractor(int units) : IMessageExtractor
{
    public int MaxNumberOfShards => units;

    public static string IdOf(int index) => index.ToString(CultureInfo.InvariantCulture);

    public static int IndexOf(string id) => int.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture);

    public string? EntityId(object message) =>
        message is ShardingEnvelope envelope
        && int.TryParse(envelope.EntityId, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < units ? envelope.EntityId : null;

    public object EntityMessage(object message) => ((ShardingEnvelope)message).Message;

    public string ShardId(string entityId) => entityId;
}
