namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>What the regions of a system have done; any thread reads.</summary>
public sealed class RegionCounters
{
    private long _delivered;
    private long _forwarded;
    private long _dropped;
    private long _buffered;

    /// <summary>Messages handed to local shards.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Messages sent to regions of other nodes.</summary>
    public long Forwarded => Volatile.Read(ref _forwarded);

    /// <summary>Messages that became dead letters.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Messages waiting now.</summary>
    public long Buffered => Volatile.Read(ref _buffered);

    internal void OnDelivered() => Volatile.Write(ref _delivered, _delivered + 1);

    internal void OnForwarded() => Volatile.Write(ref _forwarded, _forwarded + 1);

    internal void OnDropped() => Volatile.Write(ref _dropped, _dropped + 1);

    internal void SetBuffered(long count) => Volatile.Write(ref _buffered, count);
}
