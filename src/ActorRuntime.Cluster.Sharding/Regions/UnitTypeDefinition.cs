using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Shards.Passivation;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>What a region needs to know about its unit type.</summary>
/// <param name="Name">Name of the type.</param>
/// <param name="EntityProps">Makes the props of a unit by its id; null for a proxy.</param>
/// <param name="ShardCount">Number of shards known beforehand; 0 for a type whose shards are named by its units.</param>
/// <param name="StopMessage">Sent to units that are passivated and to units whose shard moves away.</param>
internal sealed record UnitTypeDefinition(
    string Name, Func<string, Props>? EntityProps, IMessageExtractor Extractor, int ShardCount, ClusterShardingSettings Settings,
    object StopMessage)
{
    /// <summary>Each shard is one unit of the shard's id, which runs without having been asked and is started again when it ends.</summary>
    public bool AlwaysRuns { get; init; } = ShardCount == 0;

    /// <summary>Made by the runtime for a purpose of its own: not among the types a user started.</summary>
    public bool IsReserved { get; init; }

    /// <summary>Shards of the type that this node leads.</summary>
    public ActiveShards ActiveShards { get; } = new();

    /// <summary>Path element of the region's actor.</summary>
    public static string RegionName(string type) => "sharding-" + Uri.EscapeDataString(type);

    /// <summary>How the logs of its shards are replicated; null for events in the journal.</summary>
    public View.Replication? Replication => Settings.Durability == ShardDurability.Replicated ? Settings.Options.Replication.Setting : null;

    /// <summary>Path element of the actor that keeps the logs of the type on a node.</summary>
    public static string ReplicasName(string type) => "replicas-" + Uri.EscapeDataString(type);

    /// <summary>The log of a shard on a node.</summary>
    public IActorRef ReplicaAt(Address node, string shard, ExtendedActorSystem system) =>
        system.Provider.ResolveActorRef(new RootActorPath(node) / "system" / ReplicasName(Name) / Uri.EscapeDataString(shard));

    /// <summary>Who keeps the logs of the type on this node.</summary>
    public IActorRef OwnReplicas(ExtendedActorSystem system) =>
        system.Provider.ResolveActorRef(new RootActorPath(system.Provider.RootPath.Address) / "system" / ReplicasName(Name));

    /// <summary>The type's region on a node.</summary>
    public IActorRef RegionAt(Address node, ExtendedActorSystem system) =>
        system.Provider.ResolveActorRef(new RootActorPath(node) / "system" / RegionName(Name));
}
