using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Settings of a set of daemons. Immutable; the <c>With</c> methods return changed copies.</summary>
public sealed record ShardedDaemonProcessSettings
{
    private ShardedDaemonProcessSettings(ClusterShardingSettings shardingSettings) => ShardingSettings = shardingSettings;

    /// <summary>Only nodes with this role run daemons; null: all nodes.</summary>
    public string? Role => ShardingSettings.Role;

    /// <summary>Bounds and waits of the region the daemons live in.</summary>
    public ClusterShardingSettings ShardingSettings { get; private init; }

    /// <summary>The settings a system was started with.</summary>
    public static ShardedDaemonProcessSettings Create(ActorSystem system) => new(ClusterShardingSettings.Create(system));

    /// <summary>For nodes with this role only; null for all.</summary>
    public ShardedDaemonProcessSettings WithRole(string? role) => this with { ShardingSettings = ShardingSettings.WithRole(role) };

    /// <summary>With other bounds and waits; their role counts. Passivation does not apply: daemons always run.</summary>
    public ShardedDaemonProcessSettings WithShardingSettings(ClusterShardingSettings shardingSettings) =>
        this with { ShardingSettings = shardingSettings };
}
