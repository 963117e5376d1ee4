using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>What a region needs to know about its unit type.</summary>
/// <param name="Name">Name of the type.</param>
/// <param name="EntityProps">Makes the props of a unit by its id; null for a proxy.</param>
/// <param name="ShardCount">Number of hashed shards; 0 for a type whose shards are its units, which then always run.</param>
/// <param name="StopMessage">Sent to units that are passivated for idleness.</param>
internal sealed record UnitTypeDefinition(
    string Name, Func<string, Props>? EntityProps, IMessageExtractor Extractor, int ShardCount, ClusterShardingSettings Settings,
    object StopMessage)
{
    public bool IsNamed => ShardCount == 0;

    /// <summary>Path element of the region's actor.</summary>
    public static string RegionName(string type) => "sharding-" + Uri.EscapeDataString(type);

    /// <summary>The type's region on a node.</summary>
    public IActorRef RegionAt(Address node, ExtendedActorSystem system) =>
        system.Provider.ResolveActorRef(new RootActorPath(node) / "system" / RegionName(Name));
}
