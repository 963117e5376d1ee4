using System.Diagnostics.CodeAnalysis;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence.Journal;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>One shard on a node that leads it, or follows: parent of its units, shell of <see cref="ShardLeadership"/>, which decides when
/// they may act; <see cref="UnitHost"/> runs them.</summary>
/// <remarks>It leads in one term at most. Where it followed before, its units have everything already.</remarks>
internal sealed partial class ShardActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    private readonly UnitTypeDefinition _type;
    private readonly string _shard;
    private readonly ShardingServices _services;
    private readonly List<ShardEffect> _effects = [];
    private readonly SortedSet<string> _lazy = new(StringComparer.Ordinal);
    private readonly HashSet<NodeKey> _handedOver = []; // Looked up only.
    private readonly ILogger _log;
    private UnitHost _units = null!; // From the start on.
    private ShardLog? _events; // From the raised fence on.
    private View.ShardState? _state; // While it leads, as the next two.
    private ShardLeadership _leadership = new(0);
    private WriterFence _fence;
    private ShardTransfer? _transfer;
    private bool _isStopping; // Its units, for good in this term.
    private bool _isEnding;

    /// <param name="state">The term it leads in; null for one that follows.</param>
    public ShardActor(UnitTypeDefinition type, string shard, View.ShardState? state, ShardingServices services)
    {
        (_type, _shard, _services) = (type, shard, services);
        _log = Context.GetLogger().Logger;

        Receive<Delivery>(OnDelivery);
        Receive<ClusterChanged>(_ => OnClusterChanged());
        Receive<HandedOver>(OnHandedOver);
        Receive<AskAgain>(_ => AskPredecessors());
        Receive<Passivate>(passivate => _units.OnPassivate(Sender, passivate.StopMessage));
        Receive<Terminated>(OnTerminated);
        Receive<FenceRaised>(OnFenceRaised);
        Receive<LeadShard>(lead => Lead(lead.State));
        Receive<TransferShard>(OnTransfer);
        Receive<FollowShard>(_ => AskToFollow());
        Receive<RecordsFollowed>(OnRecordsFollowed);
        Receive<RecordsCommitted>(OnRecordsCommitted);
        Receive<LogOpened>(OnLogOpened);
        Receive<LogLost>(OnLogLost);
        Receive<WriteFenced>(OnWriteFenced);
        Receive<EndShard>(_ => OnEnd());
        Receive<RaiseFence>(_ => Perform(ShardEffect.RaiseFence));
        Receive<GetShardState>(_ => Sender.Tell(new ShardState(
            _shard, _leadership.Term, _leadership.Phase, _units.UnitIds, _units.Waiting)));
        ReceiveAny(message =>
        {
            if (!_units.TryHandle(message)) Unhandled(message);
        });
        _state = state;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private string Scope => $"{_type.Name}/{_shard}";

    protected override SupervisorStrategy SupervisorStrategy() => _type.IsReserved ? Actor.SupervisorStrategy.DefaultStrategy : _type.Settings.SupervisorStrategy;

    protected override void PreStart()
    {
        _units = new UnitHost(_type, _shard, _services, Context, Timers, _log);
        if (_state is { } state) Lead(state);
        else AskToFollow();
    }

    protected override void PostStop()
    {
        if (_state is not null) _type.ActiveShards.Add(-1);
        _services.Persistence.Unbind(Self);
    }

    private void Lead(View.ShardState state)
    {
        if (_isEnding) return;
        (_state, _leadership, _fence) = (state, new ShardLeadership(state.Term), new WriterFence(Scope, state.Term));
        LogLeading(_type.Name, _shard, state.Term);
        _type.ActiveShards.Add(1);
        Perform(ShardLeadership.Begin);
        AskPredecessors();
        OnClusterChanged();
        OnTransfer(new TransferShard(state.Transfer));
    }

    /// <summary>Units stop once they have handled what they got; what comes meanwhile waits for the next leader.</summary>
    private void OnTransfer(TransferShard transfer)
    {
        if (_isEnding || _transfer == transfer.Asked) return;
        _transfer = transfer.Asked;
        if (_transfer is null)
        {
            OnEnd(); // The region makes the shard's actor anew, in the same term.
            return;
        }
        if (_leadership.Phase == ShardPhase.Held) return; // Units have messages that they handle when the lease comes back.
        Stop();
    }

    private void Stop()
    {
        if (!_isStopping) _units.End();
        _isStopping = true;
        TellStopped();
    }

    private void TellStopped()
    {
        if (_isStopping && _transfer is { } asked && _units.IsEmpty) Context.Parent.Tell(new ShardStopped(_shard, _leadership.Term, asked, _leadership.IsClear));
    }

    // While another node leads.
    private void AskToFollow()
    {
        if (_state is not null || _events is not null) return;
        _type.OwnReplicas((ExtendedActorSystem)Context.System).Tell(new FollowRecords(_shard));
        Timers.StartSingleTimer(nameof(FollowShard), FollowShard.Instance, _type.Settings.Options.RetryAfter);
    }

    private void OnRecordsFollowed(RecordsFollowed followed)
    {
        if (_events is not null || _isEnding) return;
        Use(Sender);
        foreach (var id in followed.PersistenceIds) Follow(id);
    }

    private void OnRecordsCommitted(RecordsCommitted committed)
    {
        if (_events is not ReplicatedShardLog log) return;
        foreach (var stored in committed.Events)
        {
            log.Feed(stored);
            Follow(stored.PersistenceId);
        }
    }

    /// <summary>Units that another node leads are kept, or remembered, as far as there is room.</summary>
    private void Follow(string persistenceId)
    {
        var at = _type.Name.Length;
        if (persistenceId.Length < at + 2 || persistenceId[at] != '/' || !persistenceId.StartsWith(_type.Name, StringComparison.Ordinal)) return;
        var id = persistenceId[(at + 1)..];
        if (_type.Extractor.ShardId(id) != _shard) return; // Of something else than a unit: a child of one, for example.
        if (_type.Settings.Options.Replication.Standby == ShardStandby.Hot && _state is null) _units.Follow(id);
        else if (_lazy.Count < _type.Settings.Options.Replication.StandbyUnitsMax) _lazy.Add(id);
    }

    /// <summary>The log on this node: as long as it is open.</summary>
    private void Use(IActorRef replica)
    {
        _events = new ReplicatedShardLog(Context.Watch(replica), Scope, _services.Persistence.Journal, _services.Persistence.SnapshotStore);
        _services.Persistence.Bind(Self, _events, (ReplicatedShardLog)_events);
    }

    private void OnDelivery(Delivery delivery)
    {
        // The lease may have run out since the last event, and come back without one.
        if (_leadership.Phase == ShardPhase.Serving && !_services.Cluster.Mute.IsOpen) Permit(isClear: true, isOpen: false);
        _units.Take(delivery);
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_events is ReplicatedShardLog log && terminated.ActorRef.Equals(log.Replica))
        {
            OnEnd(); // The log is closed.
            return;
        }
        if (_state is null && _events is ReplicatedShardLog followed)
            followed.Untrack($"{_type.Name}/{Uri.UnescapeDataString(terminated.ActorRef.Path.Name)}");
        _units.OnTerminated(terminated.ActorRef);
        if (_isEnding) EndWhenEmpty();
        else TellStopped();
    }

    private void OnClusterChanged()
    {
        if (_state is null) return;
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
        foreach (var predecessor in _state!.Predecessors)
        {
            if (!IsStopping(predecessor, out var member)) continue;
            _type.RegionAt(member.Address, (ExtendedActorSystem)Context.System).Tell(new AskHandOver(_shard, _state.Term));
            Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, _type.Settings.Options.RetryAfter);
        }
    }

    private void OnHandedOver(HandedOver done)
    {
        if (done.Term != _state?.Term) return;
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
                _events = new ShardEventLog(_services.Persistence.Journal, _fence, Self);
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

    private void OnLogOpened(LogOpened opened)
    {
        if (opened.Term != _state?.Term || _leadership.Phase != ShardPhase.Fencing) return;
        if (_events is null) Use(Sender);
        ((ReplicatedShardLog)_events!).Lead(opened.Term);
        if (!_isStopping)
            foreach (var id in _lazy) _units.Follow(id);
        _lazy.Clear();
        _leadership.OnFenceRaised(_effects);
        Perform();
    }

    /// <summary>Mostly the view says the same a moment later.</summary>
    private void OnLogLost(LogLost lost)
    {
        if (lost.Term != _state?.Term) return;
        LogLogLost(_fence, lost.Why);
        _leadership.OnFenced(_effects);
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
        switch (effect)
        {
            case ShardEffect.RaiseFence when !_isEnding && _state!.Replicas is not null:
                _type.OwnReplicas((ExtendedActorSystem)Context.System).Tell(new OpenLog(_shard, _state.Term));
                break;
            case ShardEffect.RaiseFence when !_isEnding:
                _ = _services.Persistence.RaiseFenceAsync(_fence, CancellationToken.None)
                    .PipeTo(Self, success: () => new FenceRaised(null), failure: cause => new FenceRaised(cause));
                break;
            case ShardEffect.Recover when !_isEnding && !_isStopping:
                if (_events is ShardEventLog) _services.Persistence.Bind(Self, _events);
                _units.Recover();
                break;
            case ShardEffect.Serve when !_isEnding && !_isStopping:
                _events!.Serve();
                _units.Serve();
                if (_transfer is not null) Stop();
                break;
            case ShardEffect.Hold:
                _events?.Hold();
                _units.Hold();
                break;
            case ShardEffect.GiveUp:
                _units.GiveUp();
                _services.Cluster.Pull(_leadership.Term + 1);
                break;
        }
    }

    private void OnEnd()
    {
        if (_isEnding) return;
        _isEnding = true;
        if (!_isStopping) _units.End();
        EndWhenEmpty();
    }

    private void EndWhenEmpty()
    {
        if (!_units.IsEmpty) return;
        var waiting = _units.TakeWaiting();
        Context.Parent.Tell(new ShardEnded(_shard, waiting));
        Context.Stop(Self);
        LogEnded(_type.Name, _shard, _leadership.Term, waiting.Length);
    }

    [LoggerMessage(EventId = 3311, Level = LogLevel.Debug, Message = "Leads shard {Type}/{Shard} in term {Term}")]
    private partial void LogLeading(string type, string shard, long term);

    [LoggerMessage(EventId = 3312, Level = LogLevel.Debug, Message =
        "Leads shard {Type}/{Shard} no more: term {Term} is over; {Waiting} waiting messages go on to the next leader")]
    private partial void LogEnded(string type, string shard, long term, int waiting);

    [LoggerMessage(EventId = 3313, Level = LogLevel.Warning, Message = "The fence {Fence} is not raised yet: {Why}")]
    private partial void LogFenceFailed(WriterFence fence, string why);

    [LoggerMessage(EventId = 3314, Level = LogLevel.Warning, Message =
        "{Fence}: the journal refused a write, so another leads; units stop and the control log is read: {Why}")]
    private partial void LogFenced(WriterFence fence, string why);

    [LoggerMessage(EventId = 3316, Level = LogLevel.Debug, Message = "{Fence}: another leads: {Why}")]
    private partial void LogLogLost(WriterFence fence, string why);

    private sealed record FenceRaised(Exception? Failure);

    private sealed class RaiseFence
    {
        public static RaiseFence Instance { get; } = new();
    }

    private sealed class FollowShard
    {
        public static FollowShard Instance { get; } = new();
    }

    private sealed class AskAgain
    {
        public static AskAgain Instance { get; } = new();
    }
}
