using System.Net;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence.ControlLog;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Membership;

/// <summary>Composes a node: opens the store, reads the log, takes the lock file, opens the signal channel, joins; later leaves, or ends a node
/// that was declared lost. Lives at <c>/system/cluster</c>.</summary>
/// <remarks>The order of the start matters: nothing is heard from this node before it is a member, and it is no member before its lock is
/// held.</remarks>
internal sealed partial class ClusterActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(200);

    private readonly Cluster _cluster;
    private readonly ClusterOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly MemberSubscribers _subscribers = new();
    private readonly ILogger _log;
    private IActorRef _controlLog = ActorRefs.Nobody, _heartbeat = ActorRefs.Nobody;
    private IActorRef? _handOverAsker, _endAsker;
    private ControlLogIdentity? _identity;
    private ILockFile? _lock;
    private SignalChannel? _channel;
    private NodeFacts? _facts;
    private NodeKey? _proven;
    private bool _isMember, _isUp, _isEnding, _hasEnded;
    private string _obstacle = "";

    public ClusterActor(Cluster cluster)
    {
        (_cluster, _options) = (cluster, cluster.Options);
        _environment = Context.System.Environment;
        _log = Context.GetLogger().Logger;
        Receive<OpenStore>(_ => OpenTheStore());
        Receive<StoreOpened>(OnStoreOpened);
        Receive<OpenFailed>(OnOpenFailed);
        Receive<TakeName>(_ => AskForHead());
        Receive<HeadReached>(_ => Enter());
        Receive<JoinAnswered>(OnJoinAnswered);
        Receive<JoinTimedOut>(_ => OnJoinTimedOut());
        Receive<ViewChanged>(changed => OnView(changed.Old, changed.New));
        Receive<StoreReachabilityChanged>(changed => _heartbeat.Tell(new StoreReachable(changed.IsReachable), Self));
        Receive<DecidingStopped>(OnDecidingStopped);
        Receive<DecidingResumed>(_ => OnDecidingStopped(null));
        Receive<SubscribeMembers>(subscribe => _subscribers.Add(subscribe, _cluster.View, Context));
        Receive<UnsubscribeMembers>(unsubscribe => _subscribers.Remove(unsubscribe, Context));
        Receive<HandOver>(_ => OnHandOver());
        Receive<HandOverTimedOut>(_ => OnHandOverTimedOut());
        Receive<HandedOverSaid>(_ => EndHandOver());
        Receive<EndMembership>(_ => OnEnd());
        Receive<FellSilent>(_ => OnSilent());
        Receive<Ended>(_ => OnEnded());
        Receive<LeaveNode>(leave => OnCommand(leave.Node, JoinRules.Leave));
        Receive<DownNode>(down => OnCommand(down.Node, JoinRules.Down));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private NodeKey Key => _cluster.SelfKey;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ViewChanged));
        Context.System.EventStream.Subscribe(Self, typeof(StoreReachabilityChanged));
        Context.System.EventStream.Subscribe(Self, typeof(DecidingStopped));
        Context.System.EventStream.Subscribe(Self, typeof(DecidingResumed));
        Timers.StartSingleTimer(nameof(JoinTimedOut), new JoinTimedOut(), _options.JoinTimeout);
        OpenTheStore();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        ShutSwitch();
        _channel?.Dispose();
        // Ordinary ends have begun already. If a bug ended this actor the node ends, and its peers take over.
        _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    /// <summary>A child that fails has lost its state in the middle: the node ends rather than to go on half.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Escalate);

    // ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    private void OpenTheStore() => _cluster.Store.OpenAsync(CancellationToken.None)
        .PipeTo(Self, success: identity => new StoreOpened(identity), failure: e => new OpenFailed(e));

    private void OnOpenFailed(OpenFailed failed)
    {
        if (failed.Cause is StoreUnreachableException)
        {
            Wait($"the store of the control log does not answer: {failed.Cause.Message}", new OpenStore());
            return;
        }
        Fail($"The store of the control log cannot be used: {failed.Cause.Message}", failed.Cause);
    }

    private void OnStoreOpened(StoreOpened opened)
    {
        _identity = opened.Identity;
        try
        {
            var (cluster, key, store, options) = (_cluster, Key, _cluster.Store, _options.ControlLog);
            var memory = LogMemory.Recall(_environment.Files, _options.InDataDir(".control-log"), opened.Identity.StoreId, cluster.Setup);
            var marks = cluster.OpenMarks(memory.Path);
            _controlLog = Context.ActorOf(Props.Create(() => new ControlLogActor(key, store, memory, marks, options, cluster.Publish)), "log");
            _cluster.ControlLog = _controlLog;
            AskForHead();
        }
        catch (IOException e)
        {
            Fail(e.Message, e);
        }
    }

    private void OnDecidingStopped(DecidingStopped? stopped)
    {
        _cluster.DecidingStopped = stopped;
        if (_isMember) _heartbeat.Tell(new StoreReachable(stopped is null), Self); // Somebody else decides, if anybody can.
        else if (stopped is not null) Fail(stopped.Reason, null);
        if (stopped is not { IsForked: true } || _hasEnded) return;
        EndMuted();
        _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    /// <summary>A proposal of nothing is answered when the log was read to its head.</summary>
    private void AskForHead() =>
        _controlLog.Ask<ProposalOutcome>(new Propose(static _ => null), _options.JoinTimeout)
            .PipeTo(Self, success: _ => new HeadReached(), failure: _ => new TakeName());

    private void Enter()
    {
        if (_isMember || _hasEnded) return;
        try
        {
            if (_lock is null && !TryTakeName()) return;
            _channel ??= OpenChannel();
        }
        catch (IOException e)
        {
            Fail(e.Message, e);
            return;
        }
        var (facts, proven) = (_facts ??= Describe(), _proven);
        _controlLog.Ask<ProposalOutcome>(new Propose(view => JoinRules.Join(view, facts, proven)), _options.JoinTimeout)
            .PipeTo(Self, success: outcome => new JoinAnswered(outcome),
                failure: e => new JoinAnswered(new ProposalOutcome(ProposalResult.Unknown, 0, [], e.Message)));
    }

    /// <summary>Looks for proof that the older holder of the name has ended, before the lock file is touched; then takes the lock.</summary>
    private bool TryTakeName()
    {
        var view = _cluster.View;
        view.Members.TryGetValue(_options.Name, out var old);
        NodeKey? content = null;
        if (LockFile.Length > 0 && old is not null && old.Key != Key && old.Facts.LockFile == LockFile)
        {
            foreach (var key in JoinRules.ProvingContents(view, old))
                if (_environment.LockFiles.IsHolderGone(LockFile, key.ToString())) content = key;
            if (content is not null) _proven = old.Key;
        }
        if (JoinRules.HeldBy(view, _options.Name, _proven) is { } held)
        {
            Wait(held, new TakeName());
            return false;
        }
        if (LockFile.Length == 0) return true;

        _lock = _environment.LockFiles.TryAcquire(LockFile, (content ?? Key).ToString());
        if (_lock is null) Wait($"Another process holds {LockFile}: a node named '{_options.Name}' runs on this machine already. {JoinRules.Holder(old)}", new TakeName());
        else _cluster.OnTermination(_lock);
        return _lock is not null;
    }

    private string LockFile => _options.InDataDir(".lock");

    private SignalChannel OpenChannel()
    {
        var endPoint = new IPEndPoint(IPAddress.Parse(_options.SignalBindAddress), _options.SignalPort);
        var channel = SignalChannel.Open(_environment, _options.Signal, Key, _identity!, endPoint, _cluster.Setup.SignalParts);
        _cluster.Switch.Follow(channel);
        _cluster.HandOvers.Follow(channel);
        return channel;
    }

    private NodeFacts Describe()
    {
        var address = _cluster.SelfAddress;
        return new NodeFacts(
            Key, Context.System.Name, address.Host!, address.Port!.Value, _channel!.LocalEndPoint.Port, _environment.Host.BootId, LockFile,
            [.. _options.Roles.Order(StringComparer.Ordinal)], typeof(ClusterActor).Assembly.GetName().Version!.ToString(3));
    }

    private void OnJoinAnswered(JoinAnswered answer)
    {
        if (_isMember || _hasEnded) return;
        if (_cluster.View.Find(Key) is null)
        {
            var outcome = answer.Outcome;
            Wait(outcome.Rejections.IsEmpty ? $"{outcome.Result}: {outcome.Detail}" : outcome.Rejections[0], new TakeName());
            return;
        }
        _isMember = true;
        _lock?.Rewrite(Key.ToString());
        var (key, controlLog, options, cluster, channel) = (Key, _controlLog, _options.Orchestrator, _cluster, _channel!);
        var orchestrator = Context.ActorOf(Props.Create(() => new OrchestratorActor(key, controlLog, options, () => cluster.View)), "orchestrator");
        var store = _cluster.Store;
        _heartbeat = Context.ActorOf(Props.Create(() => new HeartbeatActor(channel, store, orchestrator)), "heartbeat");
        (_cluster.Orchestrator, _cluster.Heartbeat) = (orchestrator, _heartbeat);
        LogJoined(Key, _cluster.View.Version);
        OnView(_cluster.View, _cluster.View);
    }

    private void OnJoinTimedOut()
    {
        if (!_isUp) Fail(_obstacle.Length > 0 ? _obstacle : "No orchestrator set this node up.", null);
    }

    private void Wait(string obstacle, object then)
    {
        if (_obstacle != obstacle) LogWaiting(obstacle);
        _obstacle = obstacle;
        Timers.StartSingleTimer("again", then, TryAgain);
    }

    private void Fail(string why, Exception? cause)
    {
        if (_hasEnded) return;
        LogFailed(why);
        _hasEnded = true;
        _cluster.FailJoin(new ClusterJoinFailedException(why, cause));
    }

    // ── Following the view ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    private void OnView(ClusterView old, ClusterView view)
    {
        _heartbeat.Tell(new ViewApplied(view), Self);
        Quarantine(old, view);
        foreach (var happened in ClusterEvent.Between(old, view)) _subscribers.Publish(happened);
        if (!_isMember) return;

        if (view.Find(Key) is { Status: MemberStatus.Up } && !_isUp)
        {
            _isUp = true;
            Timers.Cancel(nameof(JoinTimedOut));
            LogUp(Key);
            _cluster.BecomeUp();
        }
        if (view.Lost.TryGetValue(Key, out var lost)) OnRemoved(lost);
        else if (_handOverAsker is not null) EndHandOver();
    }

    /// <summary>Nothing of an ended incarnation is accepted any more, and whoever watches its actors is told.</summary>
    private void Quarantine(ClusterView old, ClusterView view)
    {
        if (ReferenceEquals(old.Lost, view.Lost)) return;
        foreach (var (key, lost) in view.Lost)
        {
            if (key == Key || old.Lost.ContainsKey(key)) continue;
            var member = old.Find(key) ?? view.Find(key);
            if (member is not null) _cluster.Remote.Quarantine(member.Address, (long)key.Incarnation, $"entry {lost.Version}: {lost.Evidence.Detail}");
        }
    }

    private void OnRemoved(LostNode lost)
    {
        if (_hasEnded) return;
        EndMuted();
        _cluster.BecomeRemoved();
        if (_isEnding || lost.Evidence.Kind == LossKind.Itself && _cluster.IsLeaving) return;
        LogLost(Key, lost.Evidence.Kind, lost.Evidence.Detail);
        Context.System.EventStream.Publish(new ThisNodeWasDeclaredLost(Key, lost.Evidence));
        _ = CoordinatedShutdown.Get(Context.System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    /// <summary>Muted for good, and nobody waits for what this node can do no more.</summary>
    private void EndMuted()
    {
        _hasEnded = true;
        ShutSwitch();
        HandedOver();
        OnEnded();
    }

    // ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    private void OnHandOver()
    {
        _handOverAsker = Sender;
        if (!_isMember || _hasEnded)
        {
            HandedOver();
            return;
        }
        _cluster.IsLeaving = true;
        var key = Key;
        _controlLog.Tell(new Propose(view => JoinRules.Leave(view, key)), ActorRefs.NoSender);
        Timers.StartSingleTimer(nameof(HandOverTimedOut), new HandOverTimedOut(), _options.LeaveTimeout);
        EndHandOver();
    }

    /// <summary>What the view takes from this node stops here first: units can handle a stop message only while the switch is open.</summary>
    private void EndHandOver()
    {
        var view = _cluster.View;
        if (JoinRules.HasHandedOver(view, Key) && _cluster.HandOvers.HaveReached(view.Version)) HandedOver();
    }

    private void OnHandOverTimedOut()
    {
        var led = ShardFold.LedBy(_cluster.View, Key) ?? "nothing, but units have not stopped or its leaving was not committed";
        LogNotHandedOver(_options.LeaveTimeout.TotalSeconds, led);
        HandedOver();
    }

    private void HandedOver()
    {
        Timers.Cancel(nameof(HandOverTimedOut));
        _handOverAsker?.Tell(Done.Instance, Self);
        _handOverAsker = null;
    }

    private void OnEnd()
    {
        _endAsker = Sender;
        if (!_isMember || _hasEnded) OnEnded();
        else FallSilent();
    }

    private void FallSilent()
    {
        _isEnding = true;
        ShutSwitch(); // Before its last words: whoever reads them may take over at once.
        var self = Self;
        _channel!.Silence(() => self.Tell(new FellSilent(), ActorRefs.NoSender));
    }

    /// <summary>Only now its last words: they count as those of an observer that echoes nobody any more.</summary>
    private void OnSilent()
    {
        if (_hasEnded) return;
        var (key, view) = (Key, _cluster.View);
        var isInOrder = JoinRules.HasHandedOver(view, key);
        _controlLog.Ask<ProposalOutcome>(new Propose(newest => JoinRules.Stopped(newest, key, isInOrder)), _options.LeaveTimeout)
            .PipeTo(Self, success: _ => new Ended(), failure: _ => new Ended());
    }

    /// <summary>Mutes this node for good, and tells whoever serves here: the lease may still run, so the signal channel would not.</summary>
    private void ShutSwitch()
    {
        if (_cluster.Switch.Shut()) Context.System.EventStream.Publish(new SignalEvent.LeaseLost());
    }

    private void OnEnded()
    {
        _endAsker?.Tell(Done.Instance, Self);
        _endAsker = null;
    }

    private void OnCommand(Address address, Func<ClusterView, NodeKey, Decision?> decide)
    {
        var asker = Sender;
        if (_cluster.View.Members.Values.FirstOrDefault(m => m.Address == address) is not { } member)
        {
            asker.Tell(new ProposalOutcome(ProposalResult.NotNeeded, 0, [], $"no member has the address {address}"), Self);
            return;
        }
        var key = member.Key;
        _controlLog.Tell(new Propose(view => decide(view, key)), asker);
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "{Node} has joined at version {Version}")]
    private partial void LogJoined(NodeKey node, long version);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "{Node} is up")]
    private partial void LogUp(NodeKey node);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "Waiting to join: {Obstacle}")]
    private partial void LogWaiting(string obstacle);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Error, Message = "Cannot join: {Why}")]
    private partial void LogFailed(string why);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Critical, Message = "{Node} was declared lost ({Kind}: {Detail}) while it lives: muted for good, its actor system ends")]
    private partial void LogLost(NodeKey node, LossKind kind, string detail);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Warning, Message = "Not handed over within {Seconds} s (leave-timeout): still leads {Led}. Stopping anyway")]
    private partial void LogNotHandedOver(double seconds, string led);
}
