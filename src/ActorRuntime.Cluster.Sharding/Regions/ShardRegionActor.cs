using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Shards;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Regions;

/// <summary>Entry to the units of one type on one node: the shell of <see cref="RegionCore{T}"/>.</summary>
internal sealed partial class ShardRegionActor : ReceiveActor, IWithTimers
{
    private const int HopsMax = 8;
    private static readonly TimeSpan StateTimeout = TimeSpan.FromSeconds(3);

    private readonly ShardingServices _services;
    private readonly IClusterAccess _cluster;
    private readonly RegionCounters _counters;
    private readonly RegionCore<Delivery> _core;
    private readonly List<RegionEffect<Delivery>> _effects = [];
    private readonly Dictionary<string, IActorRef> _shards = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, IActorRef> _standbys = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, ShardEnded> _ended = [];
    private readonly Dictionary<NodeKey, IActorRef> _regions = [];
    private readonly HandOver _handOver;
    private readonly ILogger _log;
    private UnitTypeDefinition _type;
    private bool _isHost;
    private bool _isProposing;
    private bool _isRefused;
    private long _handedOver;
    private long _followedAt;

    public ShardRegionActor(UnitTypeDefinition type, ShardingServices services, RegionCounters counters, bool isHost)
    {
        (_type, _services, _cluster, _counters, _isHost) = (type, services, services.Cluster, counters, isHost);
        _log = Context.GetLogger().Logger;
        var options = type.Settings.Options;
        _handOver = new(type.Name, _cluster, Self, this, options.RetryAfter);
        _core = new(_cluster.Self, type.Name, isHost, new RegionLimits(options.BufferSize, HopsMax, options.DrainTimeout));

        Receive<ForwardedMessage>(OnForwarded);
        Receive<BecomeHost>(OnBecomeHost);
        Receive<ClusterChanged>(_ => OnClusterChanged());
        Receive<ForwardedBarrier>(OnBarrier);
        Receive<BarrierThrough>(through => Perform(effects => _core.OnThrough(through.Shard, through.Id, effects)));
        Receive<Deadline>(_ => Perform(effects => _core.OnTime(Now, effects)));
        Receive<AskHandOver>(OnAskHandOver);
        Receive<ShardEnded>(ended => _ended[Sender] = ended);
        Receive<ShardStopped>(_handOver.OnStopped);
        Receive<HandOver.Proposed>(_handOver.OnProposed);
        Receive<HandOver.TryAgain>(_ => _handOver.Propose());
        Receive<Terminated>(OnTerminated);
        Receive<Hosted>(OnHosted);
        Receive<TryHost>(_ => Host());
        Receive<GetShardRegionState>(_ => OnGetState());
        Receive<GetEntityLocation>(OnGetLocation);
        Receive<GetCurrentRegions>(_ => Sender.Tell(new CurrentRegions([.. Hosts().Select(AddressOf)])));
        ReceiveAny(OnMessage);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static MonotonicTime Now => Context.System.Environment.Now;

    protected override void PreStart() => _cluster.Subscribe(Self);

    protected override void PostStop() => _counters.SetBuffered(0);

    /// <summary>A shard's actor that fails is stopped and, while its node leads the shard, made anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        cause => cause is InvariantException ? Directive.Escalate : Directive.Stop);

    private void OnMessage(object message)
    {
        if (_type.Extractor.EntityId(message) is not { Length: > 0 } entity)
        {
            Unhandled(message);
            return;
        }
        var shard = _type.Extractor.ShardId(entity);
        var delivery = new Delivery(entity, _type.Extractor.EntityMessage(message), Sender);
        FollowView();
        _core.OnMessage(shard, delivery, _effects);
        Perform();
    }

    private void OnForwarded(ForwardedMessage forwarded)
    {
        var load = new RegionLoad<Delivery>(new Delivery(forwarded.EntityId, forwarded.Message, Sender), null);
        FollowView();
        _core.OnForwarded(forwarded.Shard, load, forwarded.Version, forwarded.Hops, _effects);
        Perform();
    }

    private void OnBarrier(ForwardedBarrier barrier) => Perform(effects => _core.OnForwarded(
        barrier.Shard, new RegionLoad<Delivery>(null, new RegionBarrier(new NodeKey(barrier.Node, barrier.Incarnation), barrier.Id)),
        barrier.Version, barrier.Hops, effects));

    private void OnClusterChanged()
    {
        FollowView();
        Perform();
        TellSuccessors();
        _handOver.Propose();
        FollowShards();
        foreach (var shard in _shards.Values) shard.Tell(ClusterChanged.Instance);
        if (_regions.Count > _cluster.View.Members.Count) _regions.Clear();
        if (_isHost) Host();
    }

    /// <summary>Before every message too: none goes to a node that the view already knows as lost.</summary>
    private void FollowView()
    {
        var view = _cluster.View;
        if (view.Version == _core.Version) return;
        _core.OnView(view, Now, _effects);
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_standbys.FirstOrDefault(pair => pair.Value.Equals(terminated.ActorRef)).Key is { } followed)
        {
            _standbys.Remove(followed);
            _ended.Remove(terminated.ActorRef);
            _followedAt = 0; // Its log may be there again soon, in the same view.
            Timers.StartSingleTimer(nameof(ClusterChanged), ClusterChanged.Instance, _type.Settings.Options.RetryAfter);
            return;
        }
        var id = _shards.FirstOrDefault(pair => pair.Value.Equals(terminated.ActorRef)).Key;
        if (id is null) return;
        _shards.Remove(id);
        var undelivered = _ended.Remove(terminated.ActorRef, out var ended) ? ended.Undelivered : [];
        TellSuccessors();
        Perform(effects => _core.OnStopped(id, undelivered, Now, effects));
        _followedAt = 0;
        FollowShards();
    }

    private void OnAskHandOver(AskHandOver ask)
    {
        _cluster.Pull(ask.Term);
        _handOver.OnAsk(ask, Sender);
        FollowView();
        Perform();
        TellSuccessors();
    }

    private void TellSuccessors() => _handOver.TellSuccessors(_core.Version, _shards);

    private void Perform(Action<List<RegionEffect<Delivery>>> step)
    {
        step(_effects);
        Perform();
    }

    private void Perform()
    {
        var (taken, given) = (0, 0);
        for (var i = 0; i < _effects.Count; i++)
        {
            var effect = _effects[i];
            if (effect is RegionEffect<Delivery>.Start) taken++;
            else if (effect is RegionEffect<Delivery>.Stop) given++;
            Perform(effect);
        }
        _effects.Clear();
        if (taken + given > 0) LogMoved(_type.Name, taken, given, _core.Version); // One line for all: each shard has its own at Debug.
        _counters.SetBuffered(_core.Buffered);
        if (_isHost && _core.HandedOver != _handedOver) _cluster.HandedOver(_type.Name, _handedOver = _core.HandedOver);
        if (_core.Deadline is { } deadline)
            Timers.StartSingleTimer(nameof(Deadline), Deadline.Instance, deadline > Now ? deadline - Now : TimeSpan.Zero);
    }

    private void Perform(RegionEffect<Delivery> effect)
    {
        switch (effect)
        {
            case RegionEffect<Delivery>.ToShard(var shard, var delivery):
                _counters.OnDelivered();
                _shards[shard].Tell(delivery, delivery.Sender);
                break;
            case RegionEffect<Delivery>.ToNode to:
                Forward(to);
                break;
            case RegionEffect<Delivery>.Start(var shard, var state):
                if (_standbys.Remove(shard, out var standby)) standby.Tell(new LeadShard(state));
                _shards.Add(shard, standby ?? StartShard(shard, state));
                break;
            case RegionEffect<Delivery>.Transfer(var shard, var asked):
                _shards[shard].Tell(new TransferShard(asked));
                break;
            case RegionEffect<Delivery>.Stop(var shard):
                _shards[shard].Tell(EndShard.Instance);
                break;
            case RegionEffect<Delivery>.Through(var barrier, var shard):
                RegionOn(barrier.From)?.Tell(new BarrierThrough(shard, barrier.Id));
                break;
            case RegionEffect<Delivery>.Pull(var version):
                _cluster.Pull(version);
                break;
            case RegionEffect<Delivery>.Drop(_, var delivery, var why):
                _counters.OnDropped();
                _services.Drops.Report(_log, _type.Name, delivery.EntityId, why, _core.Dropped);
                Context.System.DeadLetters.Tell(new Dropped(delivery.Message, why, delivery.Sender, Self));
                break;
        }
    }

    private IActorRef StartShard(string shard, View.ShardState? state) => Context.Watch(
        Context.ActorOf(Props.CreateBy(() => new ShardActor(_type, shard, state, _services)), Uri.EscapeDataString(shard)));

    /// <summary>Follows the shards that another node leads and this one keeps a log of.</summary>
    private void FollowShards()
    {
        if (!_isHost || _type.Replication is null || _type.Settings.Options.Replication.Standby == ShardStandby.LogOnly) return;
        var view = _cluster.View;
        if (view.Version == _followedAt) return;
        _followedAt = view.Version;
        if (!view.IsAlive(_cluster.Self) || !view.Types.TryGetValue(_type.Name, out var type)) return;
        foreach (var (shard, state) in type.Shards)
        {
            var isWanted = state.Leader != _cluster.Self && state.Replicas?.Has(_cluster.Self.Name) == true;
            if (_standbys.TryGetValue(shard, out var standby))
            {
                if (!isWanted && state.Leader != _cluster.Self) standby.Tell(EndShard.Instance);
            }
            else if (isWanted && !_shards.ContainsKey(shard))
            {
                _standbys.Add(shard, StartShard(shard, null));
            }
        }
    }

    private void Forward(RegionEffect<Delivery>.ToNode to)
    {
        if (RegionOn(to.Node) is not { } region) return; // lost in this very view: what was sent to it would be lost too
        if (to.Load.Barrier is { } barrier)
        {
            region.Tell(new ForwardedBarrier(to.Shard, barrier.From.Name, barrier.From.Incarnation, barrier.Id, to.Version, to.Hops));
            return;
        }
        var delivery = to.Load.Message!;
        _counters.OnForwarded();
        region.Tell(new ForwardedMessage(to.Shard, delivery.EntityId, delivery.Message, to.Version, to.Hops), delivery.Sender);
    }

    private IActorRef? RegionOn(NodeKey node)
    {
        if (_regions.TryGetValue(node, out var region)) return region;
        if (_cluster.View.Find(node) is not { } member) return null;
        return _regions[node] = _type.RegionAt(AddressOf(member), (ExtendedActorSystem)Context.System);
    }

    private Address AddressOf(Member member)
    {
        var own = ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;
        return member.Key == _cluster.Self ? own : new Address(own.Protocol, member.Facts.SystemName, member.Facts.Host, member.Facts.Port);
    }

    private IEnumerable<Member> Hosts() =>
        !_cluster.View.Types.TryGetValue(_type.Name, out var type) ? []
        : type.Hosts.Select(_cluster.View.Find).OfType<Member>().Where(member => member.Status != MemberStatus.Down);

    // Saying that this node hosts the type.
    private void OnBecomeHost(BecomeHost message)
    {
        (_type, _isHost) = (message.Type, true);
        _core.BecomeHost();
        Host();
    }

    private void Host()
    {
        var view = _cluster.View;
        if (_isProposing || !view.IsAlive(_cluster.Self)) return;
        if (view.Types.TryGetValue(_type.Name, out var known))
        {
            if (known.Hosts.Contains(_cluster.Self)) return;
            if (known.ShardCount != _type.ShardCount)
            {
                if (!_isRefused) LogShardCount(_type.Name, known.ShardCount, _type.ShardCount);
                _isRefused = true;
                return;
            }
            if (known.Replication is null != _type.Replication is null)
            {
                if (!_isRefused) LogDurability(_type.Name, known.Replication is null ? "journal" : "replicated");
                _isRefused = true;
                return;
            }
        }
        _isProposing = true;
        var change = new ControlChange.UnitTypeHosted(_cluster.Self, _type.Name, _type.ShardCount, _type.Replication);
        _ = _cluster.ProposeAsync(_ => change, $"{_cluster.Self.Name} runs units of type {_type.Name}", CancellationToken.None)
            .PipeTo(Self, success: outcome => new Hosted(outcome.IsAccepted ? null : outcome.Detail), failure: cause => new Hosted(cause.Message));
    }

    private void OnHosted(Hosted hosted)
    {
        _isProposing = false;
        if (hosted.Failure is not null) LogHostFailed(_type.Name, hosted.Failure);
        Timers.StartSingleTimer(nameof(TryHost), TryHost.Instance, _type.Settings.Options.RetryAfter);
    }

    // Questions.
    private void OnGetState()
    {
        var asked = _shards.Select(pair => (Id: pair.Key, Answer: pair.Value.Ask<ShardState>(GetShardState.Instance, StateTimeout))).ToArray();
        _ = CollectAsync(asked).PipeTo(Sender, Self);
    }

    private static async Task<CurrentShardRegionState> CollectAsync((string Id, Task<ShardState> Answer)[] asked)
    {
        var (shards, failed) = (ImmutableHashSet.CreateBuilder<ShardState>(), ImmutableHashSet.CreateBuilder<string>());
        foreach (var (id, answer) in asked)
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompletedSuccessfully) shards.Add(await answer.ConfigureAwait(false));
            else failed.Add(id);
        }
        return new CurrentShardRegionState(shards.ToImmutable(), failed.ToImmutable());
    }

    private void OnGetLocation(GetEntityLocation question)
    {
        var shard = _type.Extractor.ShardId(question.EntityId);
        var leader = _cluster.View.Types.GetValueOrDefault(_type.Name)?.Shards.GetValueOrDefault(shard)?.Leader;
        if (leader is not { } node || _cluster.View.Find(node) is not { } member)
        {
            Sender.Tell(new EntityLocation(question.EntityId, shard, null, Option<IActorRef>.None));
            return;
        }
        var address = AddressOf(member);
        var unit = Context.ActorSelection(
            new RootActorPath(address) / "system" / UnitTypeDefinition.RegionName(_type.Name) / Uri.EscapeDataString(shard)
            / Uri.EscapeDataString(question.EntityId));
        _ = unit.ResolveOne(question.Timeout).PipeTo(
            Sender, Self,
            success: found => new EntityLocation(question.EntityId, shard, address, new Option<IActorRef>(found)),
            failure: _ => new EntityLocation(question.EntityId, shard, address, Option<IActorRef>.None));
    }

    [LoggerMessage(EventId = 3301, Level = LogLevel.Error, Message =
        "Unit type {Type} has {Known} shards in this cluster and {Own} in this program: the number can never change. This node runs none of its units")]
    private partial void LogShardCount(string type, int known, int own);

    [LoggerMessage(EventId = 3310, Level = LogLevel.Error, Message =
        "Unit type {Type} has durability = {Known} in this cluster and another in this program: it can never change. This node runs none of its units")]
    private partial void LogDurability(string type, string known);

    [LoggerMessage(EventId = 3309, Level = LogLevel.Information, Message = "Takes over {Taken} shards of type {Type} and gives up {Given}, by entry {Version}")]
    private partial void LogMoved(string type, int taken, int given, long version);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Warning, Message = "Cannot say yet that this node runs units of type {Type}: {Why}")]
    private partial void LogHostFailed(string type, string why);

    private sealed record Hosted(string? Failure);

    private sealed class TryHost
    {
        public static TryHost Instance { get; } = new();
    }

    private sealed class Deadline
    {
        public static Deadline Instance { get; } = new();
    }
}
