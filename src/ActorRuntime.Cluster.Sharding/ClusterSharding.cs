using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Cluster.Sharding.Serialization;
using ActorRuntime.Cluster.View;
using ActorRuntime.Configuration;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Runs units of many types over the cluster's nodes: each unit on one node at a time, reachable by its id from everywhere.</summary>
/// <remarks>
/// Any thread. Regions are actors below <c>/system</c>, named <c>sharding-TYPE</c>; a proxy has the same name. Who leads a shard stands in
/// the view: there is no coordinator to ask, and none to fail.
/// </remarks>
public sealed class ClusterSharding : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Lock _lock = new();
    private ImmutableSortedDictionary<string, IActorRef> _regions = ImmutableSortedDictionary.Create<string, IActorRef>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, IActorRef> _replicas = ImmutableSortedDictionary.Create<string, IActorRef>(StringComparer.Ordinal);
    private readonly HashSet<string> _hosted = new(StringComparer.Ordinal);
    private ImmutableHashSet<string> _userTypes = [];
    private ImmutableSortedDictionary<string, IMessageExtractor> _extractors =
        ImmutableSortedDictionary.Create<string, IMessageExtractor>(StringComparer.Ordinal);

    private ClusterSharding(ExtendedActorSystem system, ShardingServices services)
    {
        (_system, Services) = (system, services);
        system.Serialization.Register(ShardingSerializer.Name, extended => new ShardingSerializer(extended), ShardingSerializer.Types);
    }

    /// <summary>Types that were started, or a proxy for them, on this node; without those that singletons, daemons and flows live in.</summary>
    public ImmutableHashSet<string> ShardTypeNames => Volatile.Read(ref _userTypes);

    /// <summary>What the regions of this node have done.</summary>
    public RegionCounters Counters { get; } = new();

    internal ShardingServices Services { get; }

    /// <summary>The sharding of a system.</summary>
    public static ClusterSharding Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>The section <c>actor-runtime.cluster.sharding</c> of the reference, at its full path.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default("actor-runtime.cluster.sharding");

    /// <summary>Runs units of a type on this node, if it has the role of the settings, and makes them reachable from it.</summary>
    /// <param name="typeName">Equal on all nodes; part of the units' persistence ids.</param>
    /// <param name="entityPropsFactory">Props of a unit by its id. A persistent unit uses <c>TYPE/ID</c> as persistence id.</param>
    /// <param name="messageExtractor">Equal on all nodes; the number of shards can never change.</param>
    /// <param name="handOffStopMessage">Sent to units that are passivated and to those whose shard moves to another node; null takes
    /// <see cref="PoisonPill"/>. A unit stops itself when it gets it, or is stopped after <c>hand-off-timeout</c>.</param>
    /// <returns>The region: tell it messages that the extractor knows. Starting a type again returns the region it has.</returns>
    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor, object? handOffStopMessage = null) =>
        Start(Definition(typeName, entityPropsFactory, settings, messageExtractor, handOffStopMessage));

    /// <inheritdoc cref="Start(string, Func{string, Props}, ClusterShardingSettings, IMessageExtractor, object)"/>
    public IActorRef Start(
        string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor,
        object? handOffStopMessage = null) =>
        Start(typeName, _ => entityProps, settings, messageExtractor, handOffStopMessage);

    /// <summary>Makes units of a type reachable from a node that runs none of them.</summary>
    /// <param name="role">Role of the nodes that run them; information only, the view knows.</param>
    public IActorRef StartProxy(string typeName, string? role, IMessageExtractor messageExtractor) =>
        Start(Definition(typeName, null, ClusterShardingSettings.Create(_system).WithRole(role), messageExtractor, null));

    /// <summary>As <see cref="StartProxy"/>; completed at once.</summary>
    public Task<IActorRef> StartProxyAsync(string typeName, string? role, IMessageExtractor messageExtractor) =>
        Task.FromResult(StartProxy(typeName, role, messageExtractor));

    /// <summary>The region or proxy of a type.</summary>
    /// <exception cref="ArgumentException">The type was not started on this node.</exception>
    public IActorRef ShardRegion(string typeName) =>
        Volatile.Read(ref _regions).TryGetValue(typeName, out var region) ? region
        : throw new ArgumentException($"unit type '{typeName}' was not started on this node; call Start or StartProxy first", nameof(typeName));

    /// <summary>The replicated logs that this node keeps of a type's shards; none for a type without replication, or not started here.</summary>
    /// <exception cref="AskTimeoutException">They did not answer in time.</exception>
    public async Task<IReadOnlyList<ReplicaState>> LogsAsync(string typeName, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (!Volatile.Read(ref _replicas).TryGetValue(typeName, out var replicas)) return [];
        return await replicas.Ask<ReplicaState[]>(GetReplicas.Instance, timeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shards of a type with replication that wait for ever, because no log that may lead is left: what they could go on with, and what
    /// would be missing then. Any node may be asked. Changes nothing.</summary>
    /// <param name="shard">Only this one, also when it need not be recovered (<see cref="ShardLoss.Refusal"/>); null for all that wait.</param>
    /// <param name="timeout">How long nodes are asked at most; a living one that does not answer counts as having its log.</param>
    /// <exception cref="Persistence.Journal.JournalException">The persistent store does not answer.</exception>
    public Task<IReadOnlyList<ShardLoss>> FindLossesAsync(
        string typeName, string? shard, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        new ShardRecoveries(_system, Services).FindAsync(typeName, shard, timeout, readsStore: true, cancellationToken);

    /// <summary>Why shards of a type wait for ever, by shard; without those that do not. Asks the nodes, and not the persistent store.</summary>
    /// <inheritdoc cref="FindLossesAsync"/>
    public async Task<IReadOnlyDictionary<string, string>> WhyShardsWaitAsync(
        string typeName, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        (await new ShardRecoveries(_system, Services).FindAsync(typeName, null, timeout, readsStore: false, cancellationToken).ConfigureAwait(false))
        .ToDictionary(static loss => loss.Shard, static loss => loss.Waits!, StringComparer.Ordinal);

    /// <summary>The word of an operator who accepts that what is missing is lost (<see cref="ShardLoss.Missing"/>): the shards go on without. Their logs
    /// that come back later are kept aside on their disks, and used for nothing. Cannot be taken back.</summary>
    /// <param name="losses">Of one type, at least one; those that are not as they were any more are left out.</param>
    public Task<ProposalOutcome> AcceptDataLossAsync(IReadOnlyList<ShardLoss> losses, CancellationToken cancellationToken = default) =>
        new ShardRecoveries(_system, Services).AcceptAsync(losses, cancellationToken);

    /// <summary>Shard of a unit; null when its type was not started on this node.</summary>
    internal string? ShardOf(UnitId unit) =>
        Volatile.Read(ref _extractors).TryGetValue(unit.Type, out var extractor) ? extractor.ShardId(unit.Id) : null;

    internal IActorRef Start(UnitTypeDefinition type)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type.Name);
        lock (_lock)
        {
            var isHost = type.EntityProps is not null && (type.Settings.Role is not { } role || Services.Cluster.Roles.Contains(role));
            var isNewHost = isHost && _hosted.Add(type.Name);
            if (isNewHost) Services.Cluster.HandedOver(type.Name, 0);
            if (_regions.TryGetValue(type.Name, out var known))
            {
                if (!isNewHost) return known;
                KeepReplicas(type);
                known.Tell(new BecomeHost(type));
                return known;
            }
            var props = Props.CreateBy(() => new ShardRegionActor(type, Services, Counters, isHost));
            var region = _system.SystemActorOf(props, UnitTypeDefinition.RegionName(type.Name));
            if (isHost) KeepReplicas(type);
            Volatile.Write(ref _extractors, _extractors.Add(type.Name, type.Extractor));
            if (!type.IsReserved) Volatile.Write(ref _userTypes, _userTypes.Add(type.Name));
            Volatile.Write(ref _regions, _regions.Add(type.Name, region));
            return region;
        }
    }

    private void KeepReplicas(UnitTypeDefinition type)
    {
        if (type.Replication is null) return;
        var replicas = _system.SystemActorOf(Props.CreateBy(() => new ReplicasActor(type, Services)), UnitTypeDefinition.ReplicasName(type.Name));
        Volatile.Write(ref _replicas, _replicas.Add(type.Name, replicas));
    }

    private static UnitTypeDefinition Definition(
        string typeName, Func<string, Props>? entityProps, ClusterShardingSettings settings, IMessageExtractor extractor,
        object? stopMessage)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(extractor);
        return new(typeName, entityProps, extractor, extractor.MaxNumberOfShards, settings, stopMessage ?? PoisonPill.Instance);
    }

    private sealed class Provider : ExtensionIdProvider<ClusterSharding>
    {
        public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new(system, ShardingServices.Of(system));
    }
}
