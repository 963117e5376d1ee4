using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>What a region asks of its shell, in the order given.</summary>
/// <typeparam name="T">A message with its sender.</typeparam>
internal abstract record RegionEffect<T>
    where T : class
{
    private RegionEffect() { }

    /// <summary>Make the shard's actor: this node leads it under the term.</summary>
    public sealed record Start(string Shard, View.ShardState State) : RegionEffect<T>;

    /// <summary>Tell the shard's actor that it is asked to hand over, or is no more.</summary>
    public sealed record Transfer(string Shard, ShardTransfer? Asked) : RegionEffect<T>;

    /// <summary>Tell the shard's actor to stop its units and itself, and to return what it did not deliver.</summary>
    public sealed record Stop(string Shard) : RegionEffect<T>;

    /// <summary>To the shard's actor.</summary>
    public sealed record ToShard(string Shard, T Message) : RegionEffect<T>;

    /// <summary>To the region on another node.</summary>
    /// <param name="Version">View version the choice rests on.</param>
    /// <param name="Hops">Regions that have forwarded it, this one included.</param>
    public sealed record ToNode(NodeKey Node, string Shard, RegionLoad<T> Load, long Version, int Hops) : RegionEffect<T>;

    /// <summary>Tell the region that sent the barrier that everything it had sent before has come through.</summary>
    public sealed record Through(RegionBarrier Barrier, string Shard) : RegionEffect<T>;

    /// <summary>Nobody will get it: count it, log it, make it a dead letter.</summary>
    public sealed record Drop(string Shard, T Message, string Why) : RegionEffect<T>;

    /// <summary>A peer's view is newer: get that version.</summary>
    public sealed record Pull(long Version) : RegionEffect<T>;
}

/// <summary>What travels from region to region for a shard: a message, or a barrier behind messages.</summary>
internal readonly record struct RegionLoad<T>(T? Message, RegionBarrier? Barrier)
    where T : class;

/// <summary>Goes the way a region's earlier messages for a shard went, and comes back when they have come through.</summary>
/// <param name="From">Node whose region asks.</param>
/// <param name="Id">Number of its own.</param>
internal sealed record RegionBarrier(NodeKey From, long Id);
