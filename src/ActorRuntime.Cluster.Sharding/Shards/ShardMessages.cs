namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>Asks a shard's actor for its <see cref="ShardState"/>.</summary>
internal sealed record GetShardState
{
    private GetShardState() { }

    public static GetShardState Instance { get; } = new();
}

/// <summary>The journal refused a write of one of the shard's units.</summary>
internal sealed record WriteFenced(string Why);

/// <summary>The region tells a shard's actor that followed to lead.</summary>
internal sealed record LeadShard(View.ShardState State);
