using System.Globalization;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Daemons;
using ActorRuntime.Cluster.Sharding.Regions;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Keeps a number of actors running somewhere in the cluster, spread over its nodes, each once at a time.</summary>
/// <remarks>
/// Any thread. Each daemon is a shard of its own: its place is an entry of the control log, it runs under that entry's term behind the gate
/// of the nodes before, is held while its node has no lease, and a persistent daemon writes behind the term's fence. One that ends, for
/// whatever reason, is started again after <c>retry-after</c>; one whose node is lost is started on another.
/// Daemons write their sets' name and size into the unit type <c>sharded-daemon-process-NAME-N</c>: nodes that start a set with another size
/// keep another set, beside the old one for as long as nodes with the old size run.
/// </remarks>
public sealed class ShardedDaemonProcess : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly ClusterSharding _sharding;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IActorRef> _routers = new(StringComparer.Ordinal);

    private ShardedDaemonProcess(ExtendedActorSystem system) => (_system, _sharding) = (system, ClusterSharding.Get(system));

    /// <summary>The daemons of a system.</summary>
    public static ShardedDaemonProcess Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>Runs daemons with the settings of the system; a daemon is stopped by a <see cref="PoisonPill"/> when it moves.</summary>
    /// <inheritdoc cref="Init(string, int, Func{int, Props}, ShardedDaemonProcessSettings, object)"/>
    public IActorRef Init(string name, int numberOfInstances, Func<int, Props> propsFactory) =>
        Init(name, numberOfInstances, propsFactory, ShardedDaemonProcessSettings.Create(_system), PoisonPill.Instance);

    /// <summary>Runs a number of daemons on the nodes that have the role of the settings.</summary>
    /// <param name="name">Name of the set, equal on all nodes.</param>
    /// <param name="numberOfInstances">1 to 10,000, equal on all nodes.</param>
    /// <param name="propsFactory">Props of a daemon by its number, 0 to one less than <paramref name="numberOfInstances"/>.</param>
    /// <param name="stopMessage">Sent to a daemon when it has to move; it then stops itself, or is stopped after <c>hand-off-timeout</c>.</param>
    /// <returns>Forwards each message to one of the daemons, in turn. Initializing a set again changes nothing and returns the same.</returns>
    public IActorRef Init(
        string name, int numberOfInstances, Func<int, Props> propsFactory, ShardedDaemonProcessSettings settings, object stopMessage)
    {
        ArgumentNullException.ThrowIfNull(propsFactory);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(stopMessage);
        return Start(name, numberOfInstances, id => propsFactory(IndexExtractor.IndexOf(id)), settings.ShardingSettings, stopMessage);
    }

    /// <summary>Makes daemons reachable from a node that runs none of them.</summary>
    /// <param name="role">Role of the nodes that run them; information only, the view knows.</param>
    /// <returns>As <see cref="Init(string, int, Func{int, Props}, ShardedDaemonProcessSettings, object)"/>.</returns>
    public IActorRef InitProxy(string name, int numberOfInstances, string? role) => Start(
        name, numberOfInstances, null, ClusterShardingSettings.Create(_system).WithRole(role), PoisonPill.Instance);

    private IActorRef Start(
        string name, int instances, Func<string, Props>? props, ClusterShardingSettings settings, object stopMessage)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(instances, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instances, 10_000);
        var type = string.Create(CultureInfo.InvariantCulture, $"sharded-daemon-process-{name}-{instances}");
        var region = _sharding.Start(new UnitTypeDefinition(type, props, new IndexExtractor(instances), instances, settings, stopMessage)
        {
            AlwaysRuns = true,
            IsReserved = true,
        });
        lock (_lock)
        {
            if (_routers.TryGetValue(type, out var router)) return router;
            router = _system.SystemActorOf(Props.CreateBy(() => new DaemonRouterActor(region, instances)));
            _routers.Add(type, router);
            return router;
        }
    }

    private sealed class Provider : ExtensionIdProvider<ShardedDaemonProcess>
    {
        public override ShardedDaemonProcess CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
