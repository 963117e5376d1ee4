namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>Asks a shard's actor for its <see cref="ShardUnits"/>.</summary>
internal sealed record GetShardUnits
{
    private GetShardUnits() { }

    public static GetShardUnits Instance { get; } = new();
}

/// <summary>The journal refused a write of one of the shard's units.</summary>
internal sealed record WriteFenced(string Why);
