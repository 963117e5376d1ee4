using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>A sender unit: shell of <see cref="FlowSender"/>. Always runs on its shard's leader; sends while the view says it is the
/// active one, the gates of its predecessors are clear and the mute switch is open.</summary>
internal sealed partial class SenderUnit : ReceivePersistentActor, IWithTimers
{
    private const int NotesKept = 100;

    private readonly UnitId _unit;
    private readonly Flows _flows;
    private readonly IClusterAccess _cluster;
    private readonly List<FlowSenderEffect> _effects = [];
    private readonly ILogger _log;
    private FlowSender? _core;
    private FlowState? _flow;
    private int _index;
    private FlowSettings? _settings;
    private IFlowSource? _source;
    private FlowSenderEffect.Read? _reading;
    private FlowSenderEffect.Read? _readNext;
    private (long Term, long ShardTerm) _started;
    private long _receiverTerm;
    private string _waits = "";
    private string? _told;

    public SenderUnit(string id)
    {
        _unit = new UnitId(FlowUnits.SenderType, id);
        _flows = Flows.Get(Context.System);
        _cluster = ClusterSharding.Get(Context.System).Services.Cluster;
        _log = Context.GetLogger().Logger;
        PersistenceId = FlowUnits.PersistenceId(_unit);

        Recover<SenderProgress>(_ => { });
        Recover<RecoveryCompleted>(_ => _cluster.Subscribe(Self));
        Command<FlowMessage>(message => Do(_ => _core?.OnMessage(message, Now, _effects)));
        Command<ClusterChanged>(_ => OnClusterChanged());
        Command<DeadlineDue>(_ => Do(_ => _core?.OnTime(Now, _effects)));
        Command<ReadDone>(OnRead);
        Command<GetSenderReport>(_ => Sender.Tell(Report()));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(_ => { });
    }

    public override string PersistenceId { get; }

    public ITimerScheduler Timers { get; set; } = null!;

    private static MonotonicTime Now => Context.System.Environment.Now;

    private static long WallMs => Context.System.Environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override void PostStop()
    {
        if (_source is not null && _reading is null) _ = _source.DisposeAsync().AsTask();
        base.PostStop();
    }

    private void OnClusterChanged()
    {
        var view = _cluster.View;
        if (!ReferenceEquals(_flow, _flow is null ? null : view.Flows.GetValueOrDefault(_flow.Name)) || _flow is null) FindFlow(view);
        Do(_ => FollowView(view));
    }

    private void FindFlow(ClusterView view)
    {
        foreach (var flow in view.Flows.Values)
        {
            for (var index = 0; index < flow.Senders.Length; index++)
            {
                if (flow.Senders[index].Unit != _unit) continue;
                (_flow, _index) = (flow, index);
                return;
            }
        }
    }

    private void FollowView(ClusterView view)
    {
        if (_flow is null || Shard(view) is not { } shard || !Prepare(_flow)) return;
        _core!.OnSwitch(_cluster.Mute.IsOpen, Now, _effects);
        var receiverTerm = _flows.ReceiverTerm(_flow, view);
        if (receiverTerm != _receiverTerm) _core.OnReceiverMoved(Now, _effects);
        _receiverTerm = receiverTerm;
        _waits = WhyNot(_flow, shard);
        if (_waits.Length > 0)
        {
            if (_core.Phase is not (FlowSenderPhase.Idle or FlowSenderPhase.Completed)) LogStops(_flow.Name, _index, _waits);
            if (_core.Phase != FlowSenderPhase.Idle) _core.Stop(_effects);
            return;
        }
        if (_started == (_flow.Term, shard.Term)) return;
        _started = (_flow.Term, shard.Term);
        LogStarts(_flow.Name, _index, _flow.Term);
        _core.Start(new FlowFence(_flow.Term, shard.Term, WallMs), Now, _effects);
    }

    private View.ShardState? Shard(ClusterView view) => view.Types.GetValueOrDefault(_unit.Type)?.Shards.GetValueOrDefault(_unit.Id);

    private string WhyNot(FlowState flow, View.ShardState shard)
    {
        if (flow.MutedByOperator) return "an operator muted the flow";
        if (flow.Senders[_index].Status == SenderStatus.Muted) return "muted: " + flow.Senders[_index].Why;
        if (flow.Active != _index) return "stands by";
        if (shard.Leader != _cluster.Self) return "its shard is led by another node";
        // Once clear in this term, clear for good: a predecessor that stopped and is lost later says nothing about this sender.
        if (_started == (flow.Term, shard.Term)) return "";
        foreach (var predecessor in flow.Predecessors)
            if (!_cluster.Gate.IsClear(predecessor, flow.Term)) return $"the gate of {predecessor} is not clear";
        return "";
    }

    /// <summary>The core, with the settings the flow has.</summary>
    private bool Prepare(FlowState flow)
    {
        if (_core is not null) return true;
        try
        {
            _settings = FlowSettingsJson.Read(flow.Settings);
            _core = new FlowSender(flow.Name, _index, _settings);
            return true;
        }
        catch (FormatException e)
        {
            TellOnce(e.Message);
            return false;
        }
    }

    private void Do(Action<SenderUnit> step)
    {
        step(this);
        for (var i = 0; i < _effects.Count; i++) Perform(_effects[i]);
        _effects.Clear();
        if (_core?.Deadline is { } deadline)
            Timers.StartSingleTimer(nameof(DeadlineDue), DeadlineDue.Instance, deadline > Now ? deadline - Now : TimeSpan.Zero);
        else
            Timers.Cancel(nameof(DeadlineDue));
    }

    private void Perform(FlowSenderEffect effect)
    {
        switch (effect)
        {
            case FlowSenderEffect.Send(var message):
                // The lease may have ended since the core was last told: what is not sent now is sent again later.
                if (_cluster.Mute.IsOpen) _flows.ReceiverRegion(_flow!).Tell(new ShardingEnvelope(_flow!.Receiver.Id, message), Self);
                break;
            case FlowSenderEffect.Read read:
                if (_reading is null) Read(read);
                else _readNext = read; // a source answers one question at a time
                break;
            case FlowSenderEffect.Note(var term, var position, var offset):
                PersistAsync(new SenderProgress(_flow!.Name, term, position, offset, WallMs), _ => ForgetOldNotes());
                break;
            case FlowSenderEffect.Fail(var refusal):
                TellOnce($"the receiver refuses what it sends as {refusal.Why}, at sequence {refusal.Expected}");
                break;
        }
    }

    private void Read(FlowSenderEffect.Read read)
    {
        _reading = read;
        try
        {
            _source ??= _flows.CreateSource(new FlowSourceContext(_flow!.Name, _settings!));
            _ = _source.ReadAsync(read.Offset, read.ItemsMax, read.BytesMax, CancellationToken.None)
                .PipeTo(Self, success: result => new ReadDone(read.Id, result, null), failure: cause => new ReadDone(read.Id, null, cause));
        }
        catch (FlowSourceException e)
        {
            Self.Tell(new ReadDone(read.Id, null, e));
        }
    }

    private void OnRead(ReadDone done)
    {
        _reading = null;
        Do(_ =>
        {
            if (done.Result is { } result)
            {
                _told = null;
                _core!.OnRead(done.Id, result.Items, result.NextOffset, result.IsEnd, Now, _effects);
            }
            else
            {
                TellOnce(done.Failure!.Message);
                _core!.OnReadFailed(done.Id, Now);
            }
        });
        if (_reading is null && _readNext is { } next)
        {
            _readNext = null;
            Read(next);
        }
    }

    private void ForgetOldNotes()
    {
        if (LastSequenceNr % NotesKept == 0) DeleteMessages(LastSequenceNr - 1);
    }

    private void TellOnce(string what)
    {
        _waits = what;
        if (_told == what) return;
        _told = what;
        LogTrouble(_flow?.Name ?? _unit.Id, _index, what);
    }

    private SenderReport Report() => new(
        _flow?.Name ?? "", _index, (_core?.Phase ?? FlowSenderPhase.Idle).ToString().ToLowerInvariant(), (_core?.Fence ?? default).ToString(),
        _core?.Position ?? 0, !_cluster.Mute.IsOpen, _told ?? _waits);

    [LoggerMessage(EventId = 3331, Level = LogLevel.Information, Message = "Flow {Flow}: sender {Sender} starts in term {Term}")]
    private partial void LogStarts(string flow, int sender, long term);

    [LoggerMessage(EventId = 3332, Level = LogLevel.Information, Message = "Flow {Flow}: sender {Sender} falls silent: {Why}")]
    private partial void LogStops(string flow, int sender, string why);

    [LoggerMessage(EventId = 3333, Level = LogLevel.Error, Message = "Flow {Flow}: sender {Sender} cannot go on: {What}")]
    private partial void LogTrouble(string flow, int sender, string what);

    private sealed record ReadDone(long Id, FlowRead? Result, Exception? Failure);

    private sealed class DeadlineDue
    {
        public static DeadlineDue Instance { get; } = new();
    }
}
