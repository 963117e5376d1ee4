using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>The only one on a node that reads and writes the control log. Lives at <c>/system/cluster/log</c>; the log actors of all nodes tell
/// each other what is committed.</summary>
/// <remarks>A shell around <see cref="LogCore"/>: it carries out store calls, one at a time, and publishes the view before anybody is told of
/// its version.</remarks>
internal sealed partial class ControlLogActor : ReceiveActor, IWithTimers
{
    /// <summary>Longer entries are pulled from the store rather than pushed from node to node.</summary>
    private const int PushLengthMax = 256 * 1024;

    private readonly NodeKey _self;
    private readonly IControlLogStore _store;
    private readonly LogMemory _memory;
    private readonly MarkWriter? _marks;
    private readonly LogOptions _options;
    private readonly Action<ClusterView> _publish;
    private readonly RuntimeEnvironment _environment;
    private readonly LogCore _core;
    private readonly Dictionary<long, IActorRef> _askers = [];
    private readonly List<LogEffect> _effects = [];
    private readonly ILogger _log;
    private long _told, _handedOn;

    /// <param name="marks">Where this node remembers how far it has read; null for nowhere.</param>
    /// <param name="publish">Makes the view visible to all threads of this node.</param>
    public ControlLogActor(NodeKey self, IControlLogStore store, LogMemory memory, MarkWriter? marks, LogOptions options, Action<ClusterView> publish)
    {
        (_self, _store, _memory, _marks, _options, _publish) = (self, store, memory, marks, options, publish);
        _environment = Context.System.Environment;
        _core = new LogCore(self, options, _environment.Time.GetUtcNow, memory);
        _log = Context.GetLogger().Logger;
        Receive<Propose>(OnPropose);
        Receive<BaseRead>(read => Step((now, effects) => _core.OnBase(read.Base, now, effects)));
        Receive<HeadRead>(read => Step((now, effects) => _core.OnHead(read.Head, now, effects)));
        Receive<RowsRead>(read => Step((now, effects) => _core.OnRows(read.Rows, now, effects)));
        Receive<Appended>(appended => Step((now, effects) => _core.OnAppended(appended.Outcome, now, effects)));
        Receive<StoreFailed>(OnStoreFailed);
        Receive<LogPushed>(OnPushed);
        Receive<LogAdvanced>(OnAdvanced);
        Receive<PeerApplied>(peer => OnNewer(_memory.StoreId, peer.Version));
        Receive<MarkFailed>(failed => LogNotRemembered(_memory.Path, failed.Why));
        Receive<Due>(_ => Step(_core.OnTime));
        Receive<GetLogTail>(ask => Sender.Tell(new LogTail([.. _core.Tail.TakeLast(Math.Max(0, ask.CountMax))]), Self));
    }

    /// <summary>A peer said in its signals that it has applied this version.</summary>
    internal sealed record PeerApplied(long Version);

    private sealed record BaseRead(ControlLogBase Base);

    private sealed record MarkFailed(string Why);

    private sealed record HeadRead(long Head);

    private sealed record RowsRead(IReadOnlyList<ControlLogRow> Rows);

    private sealed record Appended(AppendOutcome Outcome);

    private sealed record StoreFailed(Exception Cause);

    private sealed record Due
    {
        public static Due Instance { get; } = new();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Step(_core.Start);
        if (_store is not IWatchedControlLogStore watched) return;
        var (self, storeId) = (Self, _memory.StoreId);
        watched.Watch(head => self.Tell(new LogAdvanced(storeId, head), ActorRefs.NoSender));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var asker in _askers.Values)
            asker.Tell(new ProposalOutcome(ProposalResult.Unknown, 0, [], "this node is stopping"), ActorRefs.NoSender);
        if (_core is { Mark: { } mark, StopReason: null }) Remember(mark);
    }

    private void Remember(LogMark mark)
    {
        var self = Self;
        _marks?.Write(mark, why => self.Tell(new MarkFailed(why), ActorRefs.NoSender));
    }

    private void OnPropose(Propose propose)
    {
        var asker = Sender;
        Step((now, effects) => _askers[_core.Propose(propose.Decide, now, effects)] = asker);
    }

    private void OnPushed(LogPushed pushed)
    {
        if (pushed.StoreId != _memory.StoreId)
        {
            LogForeignPush(Sender);
            return;
        }
        foreach (var row in pushed.Rows) _told = Math.Max(_told, row.Version);
        Step((now, effects) => _core.OnPushed(pushed.Rows, now, effects));
    }

    private void OnAdvanced(LogAdvanced advanced)
    {
        if (advanced.StoreId == _memory.StoreId) _told = Math.Max(_told, advanced.Version);
        OnNewer(advanced.StoreId, advanced.Version);
    }

    private void OnNewer(ulong storeId, long version)
    {
        if (storeId == _memory.StoreId) Step((now, effects) => _core.OnNewerVersion(version, now, effects));
    }

    private void OnStoreFailed(StoreFailed failed)
    {
        if (failed.Cause is StoreUnreachableException)
            Step((now, effects) => _core.OnUnreachable(failed.Cause.Message, now, effects));
        else
            Step((_, effects) => _core.OnRefused($"The control log's store refuses: {failed.Cause.Message}", effects));
    }

    private void Step(Action<MonotonicTime, List<LogEffect>> input)
    {
        _effects.Clear();
        input(_environment.Now, _effects);
        foreach (var effect in _effects) Perform(effect);
        HandOn();
        var wait = _core.Deadline.Ticks == long.MaxValue ? _options.PollInterval : _core.Deadline - _environment.Now;
        Timers.StartSingleTimer(nameof(Due), Due.Instance, wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(1));
    }

    private void Perform(LogEffect effect)
    {
        switch (effect)
        {
            case LogEffect.ReadBase read:
                _store.ReadBaseAsync(read.Known, CancellationToken.None)
                    .PipeTo(Self, success: found => new BaseRead(found), failure: e => new StoreFailed(e));
                break;
            case LogEffect.ReadHead:
                _store.ReadHeadAsync(CancellationToken.None).PipeTo(Self, success: head => new HeadRead(head), failure: e => new StoreFailed(e));
                break;
            case LogEffect.Read read:
                _store.ReadAsync(read.From, _options.ReadRows, CancellationToken.None)
                    .PipeTo(Self, success: rows => new RowsRead(rows), failure: e => new StoreFailed(e));
                break;
            case LogEffect.Append append:
                _store.AppendAsync(append.Row, CancellationToken.None)
                    .PipeTo(Self, success: outcome => new Appended(outcome), failure: e => new StoreFailed(e));
                break;
            case LogEffect.ViewMoved moved:
                _publish(moved.New);
                if (_core.HasCaughtUp) Context.System.EventStream.Publish(new ViewChanged(moved.Old, moved.New));
                foreach (var rejection in moved.New.Rejections.Where(r => r.Version > moved.Old.Version))
                    LogRejected(rejection.Version, rejection.Change, rejection.Why);
                break;
            case LogEffect.Push push:
                Tell(PushTree.OfCommitter(_core.View, _self), push.Row);
                break;
            case LogEffect.Reply reply:
                if (_askers.Remove(reply.Ticket, out var asker)) asker.Tell(reply.Outcome, Self);
                break;
            case LogEffect.StoreReachable reachable:
                if (reachable.IsReachable) LogStoreBack();
                else LogStoreGone(_options.StoreTimeout.TotalSeconds, reachable.Detail);
                Context.System.EventStream.Publish(new StoreReachabilityChanged(reachable.IsReachable, reachable.Detail));
                break;
            case LogEffect.Stopped stopped:
                LogStopped(stopped.Reason);
                Context.System.EventStream.Publish(new DecidingStopped(stopped.Reason, stopped.IsForked));
                break;
            case LogEffect.Resumed:
                LogResumed();
                Context.System.EventStream.Publish(new DecidingResumed());
                break;
            case LogEffect.Remember remember:
                Remember(remember.Mark);
                break;
            case LogEffect.Notice notice:
                LogNotice(notice.Text);
                break;
        }
    }

    /// <summary>In a large cluster: what this node was told and has applied itself by now, to those who are told by it.</summary>
    private void HandOn()
    {
        var upTo = Math.Min(_told, _core.View.Version);
        if (upTo <= _handedOn) return;
        var from = _handedOn;
        _handedOn = upTo;
        var members = PushTree.OfOther(_core.View, _self);
        if (members.Count == 0) return;
        foreach (var row in _core.Tail)
            if (row.Version > from && row.Version <= upTo) Tell(members, row);
    }

    private void Tell(List<Member> members, ControlLogRow row)
    {
        object message = row.Text.Length <= PushLengthMax
            ? new LogPushed(_memory.StoreId, [row])
            : new LogAdvanced(_memory.StoreId, row.Version);
        foreach (var member in members) Context.ActorSelection(new RootActorPath(member.Address) / "system" / "cluster" / "log").Tell(message, Self);
    }

    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "Entry {Version}: {Change} changed nothing: {Why}")]
    private partial void LogRejected(long version, string change, string why);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Warning, Message = "The control log's store has not answered for {Seconds} s: healthy units go on, decisions wait ({Detail})")]
    private partial void LogStoreGone(double seconds, string detail);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Information, Message = "The control log's store answers again")]
    private partial void LogStoreBack();

    [LoggerMessage(EventId = 3204, Level = LogLevel.Critical, Message = "This node decides no more. {Reason}")]
    private partial void LogStopped(string reason);

    [LoggerMessage(EventId = 3206, Level = LogLevel.Warning, Message = "The control log's store has again what this node has applied: it decides as before")]
    private partial void LogResumed();

    [LoggerMessage(EventId = 3207, Level = LogLevel.Warning, Message = "{Text}")]
    private partial void LogNotice(string text);

    [LoggerMessage(EventId = 3208, Level = LogLevel.Error, Message =
        "Cannot write down how far the control log was read: {Path}: {Why}. Until that is mended a restored backup may go unnoticed at a restart")]
    private partial void LogNotRemembered(string path, string why);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Warning, Message = "{Peer} pushes entries of another control log: two clusters share an address, check store and ports")]
    private partial void LogForeignPush(IActorRef peer);
}
