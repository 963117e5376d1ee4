using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Shards.Memory;
using ActorRuntime.Cluster.Sharding.Shards.Passivation;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>Runs the units of one shard for the shard's actor: starts, feeds, passivates, remembers, holds and stops them. Only on that
/// actor's turn.</summary>
/// <remarks>Whether units may act is not decided here: the actor says <see cref="Recover"/>, <see cref="Serve"/>, <see cref="Hold"/>,
/// <see cref="GiveUp"/>, <see cref="End"/>.</remarks>
internal sealed partial class UnitHost
{
    private readonly UnitTypeDefinition _type;
    private readonly string _shard;
    private readonly ShardingServices _services;
    private readonly IActorContext _context;
    private readonly ITimerScheduler _timers;
    private readonly ILogger _log;
    private readonly Dictionary<string, ShardUnit> _units = new(StringComparer.Ordinal);
    private readonly Queue<Delivery> _waiting = [];
    private readonly PassivationStrategy _passivation;
    private readonly RememberedStarts? _remembered;
    private IActorRef? _memory;
    private int _passivating;
    private bool _mayRecover;
    private bool _isStandby;
    private bool _isServing;
    private bool _isOver;
    private bool _isEnding;

    public UnitHost(
        UnitTypeDefinition type, string shard, ShardingServices services, IActorContext context, ITimerScheduler timers, ILogger log)
    {
        (_type, _shard, _services, _context, _timers, _log) = (type, shard, services, context, timers, log);
        _remembered = type.Settings.RememberEntities && !type.AlwaysRuns ? new RememberedStarts() : null;
        _passivation = PassivationStrategy.Create(type.Settings, isOff: type.AlwaysRuns || _remembered is not null, type.ActiveShards);
        if (_passivation.CheckEvery is { } every) _timers.StartPeriodicTimer(nameof(CheckIdle), CheckIdle.Instance, every);
    }

    /// <summary>Units that run.</summary>
    public ImmutableHashSet<string> UnitIds => [.. _units.Keys];

    /// <summary>Messages that wait.</summary>
    public int Waiting => _waiting.Count + _passivating + (_remembered?.Waiting ?? 0);

    /// <summary>All units have ended.</summary>
    public bool IsEmpty => _units.Count == 0;

    private TimeSpan RetryAfter => _type.Settings.Options.RetryAfter;

    /// <summary>Messages that the host sends to its actor, which hands them back.</summary>
    public bool TryHandle(object message)
    {
        switch (message)
        {
            case CheckIdle: OnCheckIdle(); return true;
            case StartUnit: StartAlwaysRunning(); return true;
            case StartDue: OnStartDue(); return true;
            case StartMemory: StartMemoryActor(); return true;
            case UnitsLoaded loaded: OnUnitsLoaded(loaded); return true;
            case UnitsRecorded: OnUnitsRecorded(); return true;
            case StopTimeout: StopUnits(); return true;
            default: return false;
        }
    }

    public void Take(Delivery delivery)
    {
        if (_isServing && !_isEnding)
        {
            Deliver(delivery);
            return;
        }
        if (!Admit(delivery)) return;
        if (_units.TryGetValue(delivery.EntityId, out var unit) && unit.Passivating is { } earlier)
        {
            earlier.Enqueue(delivery);
            _passivating++;
            return;
        }
        _waiting.Enqueue(delivery);
        if (_mayRecover && !_isEnding && !_isOver) RecoverEarly(delivery.EntityId);
    }

    /// <summary>Another node leads, and this one keeps the unit too: it applies what is committed, and nothing of it leaves.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool Follow(string id)
    {
        if (!_units.TryGetValue(id, out var unit))
        {
            if (_units.Count >= _type.Settings.Options.Replication.StandbyUnitsMax) return false;
            RecoverEarly(id);
            if (!_units.TryGetValue(id, out unit)) return false;
        }
        _isStandby = true;
        _passivation.OnUsed(unit);
        return true;
    }

    /// <summary>Units may be made: nothing of a persistent one leaves before the shard serves.</summary>
    public void Recover()
    {
        (_mayRecover, _isStandby) = (true, false);
        StartAlwaysRunning();
        StartMemoryActor();
        foreach (var delivery in _waiting) RecoverEarly(delivery.EntityId);
    }

    public void Serve()
    {
        _isServing = true;
        foreach (var unit in _units.Values) ReleaseUnit(unit);
        StartAlwaysRunning();
        StartAsked();
        OnStartDue();
        while (_waiting.TryDequeue(out var delivery)) Deliver(delivery);
    }

    public void Hold()
    {
        _isServing = false;
        foreach (var unit in _units.Values) HoldUnit(unit);
        // Units that take their time to stop may not take it without the lease.
        if (_isEnding) StopUnits();
    }

    /// <summary>Another leads: units stop at once, what waits stays for whoever comes.</summary>
    public void GiveUp()
    {
        (_isServing, _isOver) = (false, true);
        StopUnits();
    }

    /// <summary>Units get the stop message and a time for it. The actor ends when the host is empty.</summary>
    public void End()
    {
        _isEnding = true;
        if (_isServing && _type.Settings.Options.HandOffTimeout is { Ticks: > 0 } timeout)
        {
            foreach (var unit in _units.Values)
                if (unit.Passivating is null) unit.Actor.Tell(_type.StopMessage);
            _timers.StartSingleTimer(nameof(StopTimeout), StopTimeout.Instance, timeout);
        }
        else
        {
            StopUnits();
        }
    }

    /// <summary>What was never delivered, for the next leader: messages of one unit in their order.</summary>
    public Delivery[] TakeWaiting() => [.. _remembered?.TakeWaiting() ?? [], .. _waiting];

    public void OnPassivate(IActorRef sender, object stopMessage)
    {
        if (UnitOf(sender) is { } unit) Passivate(unit, stopMessage);
    }

    public void OnTerminated(IActorRef actor)
    {
        if (actor.Equals(_memory)) OnMemoryEnded();
        if (UnitOf(actor) is not { } unit) return;
        _units.Remove(unit.Id);
        _passivation.OnGone(unit);
        if (_remembered is not null) OnRememberedEnded(unit);
        if (unit.Passivating is { Count: > 0 } waiting)
        {
            _passivating -= waiting.Count;
            foreach (var delivery in waiting) Redeliver(delivery);
        }
        if (_type.AlwaysRuns) _timers.StartSingleTimer(nameof(StartUnit), StartUnit.Instance, RetryAfter);
    }

    private void Deliver(Delivery delivery)
    {
        if (!_units.TryGetValue(delivery.EntityId, out var unit))
        {
            if (_remembered?.MayStart(delivery.EntityId) == false)
            {
                if (Admit(delivery)) _remembered.Wait(delivery);
                RecordUnits();
                return;
            }
            unit = Start(delivery.EntityId, _type.EntityProps!(delivery.EntityId));
        }
        if (unit.Passivating is null)
        {
            unit.Actor.Tell(delivery.Message, delivery.Sender);
            _passivation.OnUsed(unit);
            Passivate();
        }
        else if (Admit(delivery))
        {
            unit.Passivating.Enqueue(delivery);
            _passivating++;
        }
    }

    private void Redeliver(Delivery delivery)
    {
        if (_isServing && !_isEnding) Deliver(delivery);
        else _waiting.Enqueue(delivery);
    }

    private bool Admit(Delivery delivery)
    {
        var limit = _type.Settings.Options.BufferSize;
        if (Waiting < limit) return true;
        var why = $"the buffer is full (buffer-size = {limit}); shard {_type.Name}/{_shard} is {(_isServing ? "serving" : "not serving")}";
        _services.Drops.Report(_log, _type.Name, delivery.EntityId, why, 1);
        _context.System.DeadLetters.Tell(new Dropped(delivery.Message, why, delivery.Sender, _context.Self));
        return false;
    }

    private ShardUnit Start(string id, Props props)
    {
        var actor = _context.Watch(_context.ActorOf(props, Uri.EscapeDataString(id)));
        var unit = new ShardUnit(id, actor);
        _units.Add(id, unit);
        if (!_isServing) HoldUnit(unit);
        return unit;
    }

    /// <summary>A persistent unit recovers while its messages wait: nothing of it leaves before the log says so. What another one does
    /// when it starts is not known, so it starts when it may act; so does one that is to be remembered first.</summary>
    private void RecoverEarly(string id)
    {
        if (_remembered is not null || _units.ContainsKey(id)) return;
        var props = _type.EntityProps!(id);
        if (typeof(Eventsourced).IsAssignableFrom(props.Type)) Start(id, props);
    }

    private void StartAlwaysRunning()
    {
        if (!_type.AlwaysRuns || !_mayRecover || _isEnding || _isOver) return;
        if (!_isServing) RecoverEarly(_shard);
        else if (!_units.ContainsKey(_shard)) Start(_shard, _type.EntityProps!(_shard));
    }

    private ShardUnit? UnitOf(IActorRef actor) =>
        _units.TryGetValue(Uri.UnescapeDataString(actor.Path.Name), out var unit) && unit.Actor.Equals(actor) ? unit : null;

    private static void HoldUnit(ShardUnit unit)
    {
        if (unit.IsHeld) return;
        unit.IsHeld = true;
        unit.Actor.Hold();
    }

    private static void ReleaseUnit(ShardUnit unit)
    {
        if (!unit.IsHeld) return;
        unit.IsHeld = false;
        unit.Actor.Release();
    }

    private void StopUnits()
    {
        foreach (var unit in _units.Values) _context.Stop(unit.Actor);
    }

    private void Passivate()
    {
        while (_passivation.Choose() is { } unit) Passivate(unit, _type.StopMessage);
    }

    private void Passivate(ShardUnit unit, object stopMessage)
    {
        if (unit.Passivating is not null) return;
        unit.Passivating = [];
        _passivation.OnGone(unit);
        unit.Actor.Tell(stopMessage);
    }

    private void OnCheckIdle()
    {
        _passivation.OnCheck();
        if (_isServing) Passivate();
        while (_isStandby && _passivation.Choose() is { } unit)
        {
            _passivation.OnGone(unit);
            _context.Stop(unit.Actor);
        }
    }

    // Remembered units.
    private void StartMemoryActor()
    {
        if (_remembered is null || _isEnding || _isOver) return;
        _memory = _context.Watch(_context.ActorOf(Props.CreateBy(() => new UnitMemoryActor(_type.Name, _shard)), UnitMemoryActor.Name));
    }

    private void OnMemoryEnded()
    {
        _remembered!.Memory.OnLost();
        _timers.StartSingleTimer(nameof(StartMemory), StartMemory.Instance, RetryAfter);
    }

    private void OnUnitsLoaded(UnitsLoaded loaded)
    {
        _remembered!.OnLoaded(loaded.Units);
        if (_remembered.Due > 0) LogRemembered(_type.Name, _shard, _remembered.Due);
        StartAsked();
        RecordUnits();
        OnStartDue();
    }

    private void OnUnitsRecorded()
    {
        _remembered!.Memory.OnRecorded();
        StartAsked();
        RecordUnits();
    }

    private void RecordUnits()
    {
        if (_remembered!.Memory.TryNext() is var (started, stopped)) _memory!.Tell(new RecordUnits(started, stopped));
    }

    private void StartAsked()
    {
        while (_isServing && !_isEnding && _remembered?.TryTakeAsked(out var deliveries) == true)
            foreach (var delivery in deliveries) Deliver(delivery);
    }

    private void OnStartDue()
    {
        if (_remembered is not { Due: > 0 } || !_isServing || _isEnding) return;
        for (var may = _services.StartPace.Take(_remembered.Due, _context.System.Environment.Now); may > 0; may--)
            if (_remembered.TakeDue() is { } id && !_units.ContainsKey(id)) Start(id, _type.EntityProps!(id));
        if (_remembered.Due > 0) _timers.StartSingleTimer(nameof(StartDue), StartDue.Instance, StartPace.AskEvery);
    }

    private void OnRememberedEnded(ShardUnit unit)
    {
        if (_isEnding || _isOver) return; // It runs on where the shard goes.
        switch (unit.Passivating)
        {
            case { Count: 0 }:
                _remembered!.Memory.Forget(unit.Id);
                RecordUnits();
                break;
            case null:
                _remembered!.OnEnded(unit.Id);
                _timers.StartSingleTimer(nameof(StartDue), StartDue.Instance, RetryAfter);
                break;
        }
    }

    [LoggerMessage(EventId = 3315, Level = LogLevel.Information, Message =
        "Shard {Type}/{Shard} remembers {Units} units; they start at remembered-starts-per-second")]
    private partial void LogRemembered(string type, string shard, int units);

    private sealed class CheckIdle
    {
        public static CheckIdle Instance { get; } = new();
    }

    private sealed class StartUnit
    {
        public static StartUnit Instance { get; } = new();
    }

    private sealed class StartDue
    {
        public static StartDue Instance { get; } = new();
    }

    private sealed class StartMemory
    {
        public static StartMemory Instance { get; } = new();
    }

    private sealed class StopTimeout
    {
        public static StopTimeout Instance { get; } = new();
    }
}
