using ActorRuntime.Cluster.Signal;

namespace ActorRuntime.Cluster.Membership;

/// <summary>Up to which view version everything that was taken from this node has stopped here: the least of what its parts say, or nothing
/// to wait for without parts. Said in the signals. Any thread.</summary>
internal sealed class HandedOverVersions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _parts = [];
    private SignalChannel? _channel;

    /// <summary>Follows with the channel from now on.</summary>
    public void Follow(SignalChannel channel)
    {
        lock (_lock)
        {
            _channel = channel;
            _channel.SetHandedOver(Least());
        }
    }

    /// <summary>What <paramref name="part"/> says; a part that has spoken once is waited for until the node ends.</summary>
    public void Say(string part, long version)
    {
        lock (_lock)
        {
            _parts[part] = version;
            _channel?.SetHandedOver(Least());
        }
    }

    /// <summary>True when all parts have stopped what views up to this version took from the node.</summary>
    public bool HaveReached(long version)
    {
        lock (_lock) return Least() >= version;
    }

    private long Least()
    {
        var least = long.MaxValue;
        foreach (var version in _parts.Values) least = Math.Min(least, version);
        return least;
    }
}
