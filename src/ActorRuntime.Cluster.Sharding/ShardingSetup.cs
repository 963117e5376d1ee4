using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.Sharding.Replicas;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>What sharding is started with.</summary>
/// <param name="options">Settings; null takes the defaults.</param>
/// <param name="cluster">The cluster layer; null takes the system's <c>Cluster</c> extension.</param>
public sealed class ShardingSetup(ShardingOptions? options = null, IClusterAccess? cluster = null) : Setup
{
    public ShardingOptions Options { get; } = (options ?? new ShardingOptions()).Validated();

    internal IClusterAccess? Cluster { get; } = cluster;

    /// <summary>Told what is committed in replicated logs; null for nobody.</summary>
    internal IReplicaNews? ReplicaNews { get; init; }

    internal static ShardingSetup Of(ActorSystem system) =>
        system.Settings.Setup.Get<ShardingSetup>() is { HasValue: true } given ? given.Value : new(ShardingOptions.FromConfig(system.Settings.Config));
}
