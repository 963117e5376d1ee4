using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Daemons;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>How a singleton stands in the control log: a reserved unit type with one shard, whose one unit always runs.</summary>
/// <remarks>
/// So its place is an entry of the log and its term that entry's version. The shard's actor raises the journal's fence before it starts the
/// singleton, waits for the gates of the nodes before and for a living predecessor's word that its instance has stopped, and holds the
/// singleton while its node has no lease: none of this is built a second time here.
/// </remarks>
internal static class SingletonType
{
    /// <summary>The one unit, and its shard.</summary>
    public const string UnitId = "0";

    private static readonly IndexExtractor Extractor = new(1);

    /// <summary>Name of the type for the manager at a path.</summary>
    public static string NameOf(string managerPath, string singletonName) => $"singleton:{managerPath}/{singletonName}";

    /// <summary>Name of the type for a singleton without a manager.</summary>
    public static string NameOf(string singleton) => $"singleton:{singleton}";

    /// <summary>The type on a node that may run the singleton.</summary>
    public static UnitTypeDefinition Of(string type, Props props, object stopMessage, ClusterShardingSettings settings) =>
        Define(type, _ => props, stopMessage, settings);

    /// <summary>The type on a node that only sends to it.</summary>
    public static UnitTypeDefinition ProxyOf(string type, ClusterShardingSettings settings) =>
        Define(type, null, PoisonPill.Instance, settings);

    /// <summary>The node that runs the singleton, or is about to; null while there is none that lives.</summary>
    public static NodeKey? PlaceOf(string type, ClusterView view) =>
        view.Types.TryGetValue(type, out var known) && known.Shards[UnitId].Leader is { } leader && view.IsAlive(leader) ? leader : null;

    private static UnitTypeDefinition Define(string type, Func<string, Props>? props, object stopMessage, ClusterShardingSettings settings) =>
        new(type, props, Extractor, 1, settings, stopMessage) { AlwaysRuns = true, IsReserved = true };
}
