using System.Globalization;
using System.Text;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Spreads units over a fixed number of shards by a hash of their id that is the same on every node, runtime and version.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    private readonly string[] _names;

    /// <param name="maxNumberOfShards">Number of shards, the same on every node and for ever: 1 to 10,000. A rule of thumb is ten for each
    /// node there will ever be.</param>
    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfShards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxNumberOfShards, 10_000);
        MaxNumberOfShards = maxNumberOfShards;
        _names = [.. Enumerable.Range(0, maxNumberOfShards).Select(i => i.ToString(CultureInfo.InvariantCulture))];
    }

    public int MaxNumberOfShards { get; }

    /// <summary>An extractor for envelopes and for messages that <paramref name="entityId"/> knows.</summary>
    public static HashCodeMessageExtractor Create(
        int maxNumberOfShards, Func<object, string?> entityId, Func<object, object>? entityMessage = null) =>
        new Functions(maxNumberOfShards, entityId, entityMessage ?? (message => message));

    public abstract string? EntityId(object message);

    public virtual object EntityMessage(object message) => message is ShardingEnvelope envelope ? envelope.Message : message;

    public string ShardId(string entityId) => _names[StableHash(entityId) % (uint)MaxNumberOfShards];

    /// <summary>FNV-1a over the UTF-8 bytes, then mixed so that the low bits depend on all of them.</summary>
    internal static uint StableHash(string text)
    {
        Span<byte> small = stackalloc byte[256];
        var count = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = count <= small.Length ? small : new byte[count];
        var hash = 14695981039346656037UL;
        foreach (var one in bytes[..Encoding.UTF8.GetBytes(text, bytes)]) hash = (hash ^ one) * 1099511628211UL;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        return (uint)(hash >> 32);
    }

    private sealed class Functions(int shards, Func<object, string?> entityId, Func<object, object> entityMessage)
        : HashCodeMessageExtractor(shards)
    {
        public override string? EntityId(object message) => message is ShardingEnvelope envelope ? envelope.EntityId : entityId(message);

        public override object EntityMessage(object message) =>
            message is ShardingEnvelope envelope ? envelope.Message : entityMessage(message);
    }
}
