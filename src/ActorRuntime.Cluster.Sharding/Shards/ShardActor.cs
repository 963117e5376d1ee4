using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>One term of one shard on its leader's node: parent of its units, shell of <see cref="ShardLeadership"/>.</summary>
internal sealed partial class ShardActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    private readonly UnitTypeDefinition _type;
    private readonly string _shard;
    private readonly ShardState _state;
    private readonly ShardingServices _services;
    private readonly ShardLeadership _leadership;
    private readonly WriterFence _fence;
    private readonly ShardEventLog _events;
    private readonly List<ShardEffect> _effects = [];
    private readonly Dictionary<string, ShardUnit> _units = new(StringComparer.Ordinal);
    private readonly Queue<Delivery> _waiting = [];
    private readonly HashSet<NodeKey> _handedOver = []; // Looked up only.
    private readonly ILogger _log;
    private int _passivating;
    private int _idleChecks;
    private bool _isEnding;
    private bool _mayRecover;

    public ShardActor(UnitTypeDefinition type, string shard, ShardState state, ShardingServices services)
    {
        (_type, _shard, _state, _services) = (type, shard, state, services);
        (_leadership, _fence) = (new ShardLeadership(state.Term), new WriterFence($"{type.Name}/{shard}", state.Term));
        _events = new ShardEventLog(services.Persistence.Journal, _fence, Self);
        _log = Context.GetLogger().Logger;

        Receive<Delivery>(OnDelivery);
        Receive<ClusterChanged>(_ => OnClusterChanged());
        Receive<HandedOver>(OnHandedOver);
        Receive<AskAgain>(_ => AskPredecessors());
        Receive<Passivate>(passivate => OnPassivate(passivate.StopMessage));
        Receive<Terminated>(OnTerminated);
        Receive<FenceRaised>(OnFenceRaised);
        Receive<WriteFenced>(OnWriteFenced);
        Receive<EndShard>(_ => OnEnd());
        Receive<RaiseFence>(_ => Perform(ShardEffect.RaiseFence));
        Receive<CheckIdle>(_ => OnCheckIdle());
        Receive<StartUnit>(_ => StartAlwaysRunning());
        Receive<GetShardUnits>(_ => Sender.Tell(new ShardUnits(
            _shard, _state.Term, _leadership.Phase, _units.Keys.ToImmutableHashSet(), _waiting.Count + _passivating)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Nothing waits while it is.</summary>
    private bool IsServing => _leadership.Phase == ShardPhase.Serving;

    protected override void PreStart()
    {
        LogLeading(_type.Name, _shard, _state.Term);
        Perform(ShardLeadership.Begin);
        AskPredecessors();
        OnClusterChanged();
        if (_type.Settings.PassivateIdleEntityAfter is { } idle && idle > TimeSpan.Zero && !_type.IsNamed)
            Timers.StartPeriodicTimer(nameof(CheckIdle), CheckIdle.Instance, idle / 2);
    }

    protected override void PostStop() => _services.Persistence.Unbind(Self);

    private void OnDelivery(Delivery delivery)
    {
        // The lease may have run out since the last event, and come back without one.
        if (IsServing && !_services.Cluster.Mute.IsOpen) Permit(isClear: true, isOpen: false);
        if (IsServing) Deliver(delivery);
        else if (Admit(delivery)) Wait(delivery);
    }

    private void Wait(Delivery delivery)
    {
        _waiting.Enqueue(delivery);
        if (_mayRecover && !_isEnding && _leadership.Phase != ShardPhase.Superseded) RecoverEarly(delivery.EntityId);
    }

    private bool Admit(Delivery delivery)
    {
        var limit = _type.Settings.Options.BufferSize;
        if (_waiting.Count + _passivating < limit) return true;
        var why = $"the buffer is full (buffer-size = {limit}); shard {_fence} is {_leadership.Phase}";
        _services.Drops.Report(_log, _type.Name, delivery.EntityId, why, 1);
        Context.System.DeadLetters.Tell(new Dropped(delivery.Message, why, delivery.Sender, Self));
        return false;
    }

    private void Deliver(Delivery delivery)
    {
        var unit = FindOrStart(delivery.EntityId);
        unit.LastUsed = _idleChecks;
        if (unit.Passivating is null)
        {
            unit.Actor.Tell(delivery.Message, delivery.Sender);
        }
        else if (Admit(delivery))
        {
            unit.Passivating.Enqueue(delivery);
            _passivating++;
        }
    }

    private ShardUnit FindOrStart(string id) => _units.TryGetValue(id, out var unit) ? unit : Start(id, _type.EntityProps!(id));

    private ShardUnit Start(string id, Props props)
    {
        var actor = Context.Watch(Context.ActorOf(props, Uri.EscapeDataString(id)));
        var unit = new ShardUnit(id, actor) { LastUsed = _idleChecks };
        _units.Add(id, unit);
        if (!IsServing) Hold(unit);
        return unit;
    }

    /// <summary>A persistent unit recovers while its messages wait: nothing of it leaves before the log says so. What another one does
    /// when it starts is not known, so it starts when it may act.</summary>
    private void RecoverEarly(string id)
    {
        if (_units.ContainsKey(id)) return;
        var props = _type.EntityProps!(id);
        if (typeof(Eventsourced).IsAssignableFrom(props.Type)) Start(id, props);
    }

    private ShardUnit? UnitOf(IActorRef actor) =>
        _units.TryGetValue(Uri.UnescapeDataString(actor.Path.Name), out var unit) && unit.Actor.Equals(actor) ? unit : null;

    private void OnClusterChanged()
    {
        var cluster = _services.Cluster;
        var isClear = true;
        foreach (var predecessor in _state.Predecessors)
            isClear &= cluster.Gate.IsClear(predecessor, _state.Term) && !IsStopping(predecessor, out _);
        Permit(isClear, cluster.Mute.IsOpen);
    }

    /// <summary>A living predecessor has units with messages in their mailboxes after it has applied the view: it says when they have
    /// stopped.</summary>
    private bool IsStopping(NodeKey predecessor, [NotNullWhen(true)] out Member? member)
    {
        var (view, self) = (_services.Cluster.View, _services.Cluster.Self);
        member = predecessor != self && view.IsAlive(predecessor) && !_handedOver.Contains(predecessor) ? view.Find(predecessor) : null;
        return member is not null;
    }

    private void AskPredecessors()
    {
        foreach (var predecessor in _state.Predecessors)
        {
            if (!IsStopping(predecessor, out var member)) continue;
            _type.RegionAt(member.Address, (ExtendedActorSystem)Context.System).Tell(new AskHandOver(_shard, _state.Term));
            Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, _type.Settings.Options.RetryAfter);
        }
    }

    private void OnHandedOver(HandedOver done)
    {
        if (done.Term != _state.Term) return;
        _handedOver.Add(new NodeKey(done.Node, done.Incarnation));
        OnClusterChanged();
    }

    private void Permit(bool isClear, bool isOpen)
    {
        _leadership.OnPermission(isClear, isOpen, _effects);
        Perform();
        // A lease that comes back before anybody noticed its loss is no event.
        if (isClear && !isOpen) Timers.StartSingleTimer(nameof(ClusterChanged), ClusterChanged.Instance, LookAgainAfter);
    }

    private void OnFenceRaised(FenceRaised raised)
    {
        switch (raised.Failure)
        {
            case null:
                _leadership.OnFenceRaised(_effects);
                break;
            case FencedException:
                _leadership.OnFenced(_effects);
                break;
            default:
                LogFenceFailed(_fence, raised.Failure.Message);
                Timers.StartSingleTimer(nameof(RaiseFence), RaiseFence.Instance, _type.Settings.Options.RetryAfter);
                break;
        }
        Perform();
    }

    private void OnWriteFenced(WriteFenced fenced)
    {
        LogFenced(_fence, fenced.Why);
        _leadership.OnFenced(_effects);
        Perform();
    }

    private void Perform()
    {
        for (var i = 0; i < _effects.Count; i++) Perform(_effects[i]);
        _effects.Clear();
    }

    private void Perform(ShardEffect effect)
    {
        if (_isEnding) return;
        switch (effect)
        {
            case ShardEffect.RaiseFence:
                _ = _services.Persistence.RaiseFenceAsync(_fence, CancellationToken.None)
                    .PipeTo(Self, success: () => new FenceRaised(null), failure: cause => new FenceRaised(cause));
                break;
            case ShardEffect.Recover:
                Recover();
                break;
            case ShardEffect.Serve:
                Serve();
                break;
            case ShardEffect.Hold:
                _events.Hold();
                foreach (var unit in _units.Values) Hold(unit);
                break;
            case ShardEffect.GiveUp:
                StopUnits();
                _services.Cluster.Pull(_state.Term + 1);
                break;
        }
    }

    private void Recover()
    {
        _mayRecover = true;
        _services.Persistence.Bind(Self, _events);
        if (_type.IsNamed) RecoverEarly(_shard);
        foreach (var delivery in _waiting) RecoverEarly(delivery.EntityId);
    }

    private void Serve()
    {
        _events.Serve();
        foreach (var unit in _units.Values) Release(unit);
        if (_type.IsNamed) FindOrStart(_shard);
        while (_waiting.TryDequeue(out var delivery)) Deliver(delivery);
    }

    private static void Hold(ShardUnit unit)
    {
        if (unit.IsHeld) return;
        unit.IsHeld = true;
        unit.Actor.Hold();
    }

    private static void Release(ShardUnit unit)
    {
        if (!unit.IsHeld) return;
        unit.IsHeld = false;
        unit.Actor.Release();
    }

    private void OnPassivate(object stopMessage)
    {
        if (UnitOf(Sender) is { } unit) Passivate(unit, stopMessage);
    }

    private static void Passivate(ShardUnit unit, object stopMessage)
    {
        if (unit.Passivating is not null) return;
        unit.Passivating = [];
        unit.Actor.Tell(stopMessage);
    }

    private void OnCheckIdle()
    {
        _idleChecks++;
        if (!IsServing) return;
        foreach (var unit in _units.Values)
            if (_idleChecks - unit.LastUsed > 2) Passivate(unit, _type.StopMessage);
    }

    private void OnTerminated(Terminated terminated)
    {
        if (UnitOf(terminated.ActorRef) is not { } unit) return;
        _units.Remove(unit.Id);
        if (unit.Passivating is { Count: > 0 } waiting)
        {
            _passivating -= waiting.Count;
            foreach (var delivery in waiting) Redeliver(delivery);
        }
        if (_isEnding) EndWhenEmpty();
        else if (_type.IsNamed && _mayRecover && _leadership.Phase != ShardPhase.Superseded)
            Timers.StartSingleTimer(nameof(StartUnit), StartUnit.Instance, _type.Settings.Options.RetryAfter);
    }

    private void Redeliver(Delivery delivery)
    {
        if (IsServing && !_isEnding) Deliver(delivery);
        else _waiting.Enqueue(delivery);
    }

    private void StartAlwaysRunning()
    {
        if (!_type.IsNamed || _isEnding || _leadership.Phase == ShardPhase.Superseded) return;
        if (IsServing) FindOrStart(_shard);
        else RecoverEarly(_shard);
    }

    private void OnEnd()
    {
        if (_isEnding) return;
        _isEnding = true;
        StopUnits();
        EndWhenEmpty();
    }

    private void StopUnits()
    {
        foreach (var unit in _units.Values) Context.Stop(unit.Actor);
    }

    private void EndWhenEmpty()
    {
        if (_units.Count > 0) return;
        Context.Parent.Tell(new ShardEnded(_shard, [.. _waiting]));
        Context.Stop(Self);
        LogEnded(_type.Name, _shard, _state.Term, _waiting.Count);
    }

    [LoggerMessage(EventId = 3311, Level = LogLevel.Information, Message = "Leads shard {Type}/{Shard} in term {Term}")]
    private partial void LogLeading(string type, string shard, long term);

    [LoggerMessage(EventId = 3312, Level = LogLevel.Information, Message =
        "Leads shard {Type}/{Shard} no more: term {Term} is over; {Waiting} waiting messages go on to the next leader")]
    private partial void LogEnded(string type, string shard, long term, int waiting);

    [LoggerMessage(EventId = 3313, Level = LogLevel.Warning, Message = "The fence {Fence} is not raised yet: {Why}")]
    private partial void LogFenceFailed(WriterFence fence, string why);

    [LoggerMessage(EventId = 3314, Level = LogLevel.Warning, Message =
        "{Fence}: the journal refused a write, so another leads; units stop and the control log is read: {Why}")]
    private partial void LogFenced(WriterFence fence, string why);

    private sealed record FenceRaised(Exception? Failure);

    private sealed class RaiseFence
    {
        public static RaiseFence Instance { get; } = new();
    }

    private sealed class AskAgain
    {
        public static AskAgain Instance { get; } = new();
    }

    private sealed class CheckIdle
    {
        public static CheckIdle Instance { get; } = new();
    }

    private sealed class StartUnit
    {
        public static StartUnit Instance { get; } = new();
    }
}
