using System.Collections.Immutable;
using System.Net;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Remote;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Each node's own judge of its peers (CL-5): takes what the signal channel finds, confirms it by other routes (CL-9), renews
/// the witness row, and tells the orchestrator actor the evidence. Lives at <c>/system/cluster/heartbeat</c>.</summary>
/// <remarks>
/// A shell around <see cref="EvidenceBook"/> and one <see cref="SecondRoute"/> per peer. It never waits: blocking calls run on a worker or as
/// tasks that answer by message, each peer for itself (CL-12). On the event stream it publishes <see cref="SignalEvent.LeaseLost"/>,
/// <see cref="SignalEvent.LeaseRegained"/> and <see cref="SignalEvent.GateMoved"/>.
/// </remarks>
public sealed partial class HeartbeatActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan DeriveInterval = TimeSpan.FromSeconds(10);
    private const int SamplesMin = 100;
    private static readonly TimeSpan ResolveAgain = TimeSpan.FromSeconds(1);

    private readonly SignalChannel _channel;
    private readonly IActorRef _orchestrator;
    private readonly IActorRef _witness;
    private readonly RuntimeEnvironment _environment;
    private readonly IWorker _worker;
    private readonly EvidenceBook _book;
    private readonly SortedDictionary<NodeKey, SecondRoute> _routes = [];
    private readonly SortedSet<NodeKey> _connected = [];
    private readonly Remote.Remote? _remote;
    private readonly ILogger _log;
    private readonly SortedSet<NodeKey> _unobserved = [];
    private readonly Dictionary<ulong, NodeKey> _peers = []; // Looked up only.
    private ImmutableSortedDictionary<NodeKey, IPEndPoint> _endPoints = ImmutableSortedDictionary<NodeKey, IPEndPoint>.Empty;
    private ClusterView _view = ClusterView.Empty;

    /// <param name="channel">This node's channel; this actor attaches to its events, the caller disposes of it.</param>
    /// <param name="store">Holds the witness rows.</param>
    /// <param name="orchestrator">Is told <see cref="EvidenceChanged"/>.</param>
    public HeartbeatActor(SignalChannel channel, IControlLogStore store, IActorRef orchestrator)
    {
        (_channel, _orchestrator) = (channel, orchestrator);
        _environment = Context.System.Environment;
        _worker = _environment.StartWorker("heartbeat " + channel.Self.Name);
        _book = new EvidenceBook(channel.Self);
        _log = Context.GetLogger().Logger;
        _witness = Context.ActorOf(Props.CreateBy(() => new WitnessActor(channel, store)), "witness");
        var hasRemoting = ((ExtendedActorSystem)Context.System).Provider is RemoteActorRefProvider;
        _remote = hasRemoting ? ActorRuntime.Remote.Remote.Get(Context.System) : null;
        Receive<SignalEvent>(OnSignal);
        Receive<ViewApplied>(OnView);
        Receive<StoreReachable>(store => _channel.SetStoreReachable(store.IsReachable));
        Receive<ProcessEnded>(ended => Prove(ended.Node, LossKind.Supervisor, ended.Detail));
        Receive<AssociationLost>(lost => OnCut(lost));
        Receive<AssociationOpened>(opened => Route(PeerOf(opened.Uid))?.OnReconnected());
        Receive<TryRoutes>(again => TryBoth(again.Peer));
        Receive<LockTried>(OnLockTried);
        Receive<ConnectTried>(OnConnectTried);
        Receive<Resolved>(OnResolved);
        Receive<ResolveHost>(again => Resolve(again.Peer));
        Receive<SwitchSignalModule>(change => _channel.Switch(change.Module, change.On));
        Receive<BlockSignals>(block => Sender.Tell(new SignalsBlocked(_channel.Block(block.On)), Self));
        Receive<GetSignalTable>(_ => Describe());
        Receive<Due>(OnDue);
        Receive<SignalTable>(OnMeasured);
        Receive<WitnessActor.RowsStandStill>(rows =>
        {
            _book.Witnesses(rows.Rows);
            TellEvidence();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record TryRoutes(NodeKey Peer);

    private sealed record LockTried(NodeKey Peer, bool IsHolderGone);

    private sealed record ConnectTried(NodeKey Peer, ConnectOutcome Outcome);

    private sealed record ResolveHost(NodeKey Peer);

    private sealed record Resolved(NodeKey Peer, IPEndPoint? EndPoint);

    /// <summary>What comes again and again; also the keys of the timers.</summary>
    private enum Due
    {
        Alive,
        Unobserved,
        Derive,
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var self = Self;
        Context.System.EventStream.Subscribe(self, typeof(AssociationLost));
        Context.System.EventStream.Subscribe(self, typeof(AssociationOpened));
        _channel.Attach(happened => self.Tell(happened, ActorRefs.NoSender));
        // By way of timer, executor and mailbox: what must work for this node to be of use.
        if (_channel.Options.StallAfter > TimeSpan.Zero)
            Timers.StartPeriodicTimer(Due.Alive, Due.Alive, TimeSpan.Zero, _channel.Options.StallAfter / 10);
        if (_channel.Options.IsAutomatic) Timers.StartPeriodicTimer(Due.Derive, Due.Derive, DeriveInterval);
        if (_channel.View is { } view) OnView(new ViewApplied(view)); // After a restart; the channel repeats what it knows, too.
        var scheduling = _channel.IsElevated ? "real-time" : "ordinary; give the process CAP_SYS_NICE for a real-time one";
        LogOpened(_channel.LocalEndPoint, scheduling);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _channel.Attach(static _ => { });
        _worker.Dispose();
    }

    private void OnDue(Due due)
    {
        if (due == Due.Alive) _channel.Alive();
        if (due == Due.Derive) Measure();
        if (due != Due.Unobserved) return;
        foreach (var peer in _unobserved) TryLock(peer, _view.Find(peer)!.Facts.LockFile);
    }

    private void OnSignal(SignalEvent happened)
    {
        switch (happened)
        {
            case SignalEvent.Suspected suspected:
                LogSuspected(suspected.Peer, suspected.Silence.TotalMilliseconds);
                Route(suspected.Peer)?.OnSuspected(WallClock);
                TryBoth(suspected.Peer);
                break;
            case SignalEvent.LossSupported supported:
                var route = Route(supported.Peer);
                var probesLost = supported.ProbesSent - supported.ProbesAnswered;
                var detail = $"{(supported.IsDeaf ? "deaf" : "silent")} for {supported.Silence.TotalMilliseconds:0} ms, {probesLost} of {supported.ProbesSent} probes lost, "
                    + route?.Detail;
                LogSupported(supported.Peer, detail);
                _book.Support(supported.Peer, route?.SuspectedAt, WallClock, detail);
                break;
            case SignalEvent.Restored restored:
                LogRestored(restored.Peer, restored.Silence.TotalMilliseconds);
                Route(restored.Peer)?.OnRestored();
                _book.Restore(restored.Peer);
                break;
            case SignalEvent.Reported report:
                _book.Report(report, WallClock);
                break;
            case SignalEvent.LeaseLost:
                LogMuted();
                Context.System.EventStream.Publish(happened);
                break;
            case SignalEvent.LeaseRegained:
                LogUnmuted();
                Context.System.EventStream.Publish(happened);
                break;
            default:
                if (happened is SignalEvent.GateMoved) _book.Gates(_channel.Silenced);
                Context.System.EventStream.Publish(happened);
                break;
        }
        TellEvidence();
    }

    private void OnView(ViewApplied applied)
    {
        if (applied.View.Version < _view.Version) return;
        var changed = MemberTrail.Between(_view, applied.View);
        _view = applied.View;
        _book.OnView(_view);
        foreach (var (before, _) in changed)
            if (before is not null && !_view.IsAlive(before.Key)) Forget(before.Key);
        foreach (var (_, member) in changed)
            if (member is not null && member.Key != _channel.Self && _view.IsAlive(member.Key)) Follow(member);
        if (_unobserved.Count == 0) Timers.Cancel(Due.Unobserved);
        else if (!Timers.IsTimerActive(Due.Unobserved))
            Timers.StartPeriodicTimer(Due.Unobserved, Due.Unobserved, _channel.Timing.LossAfter);
        UpdateChannel();
        _witness.Tell(applied, Self);
        TellEvidence();
    }

    // ── Nodes without observers ────────────────────

    /// <summary>Members on this machine that have no observers: joining ones, and a lone node that ended while the next one joined. No vote can
    /// find them lost (SAFETY 1B-12), their lock file can.</summary>
    private bool IsUnobserved(Member peer) => peer.ObserverSets.All(static set => set.Observers.IsEmpty) && SharesKernel(peer.Facts);

    private void Follow(Member peer)
    {
        _peers[peer.Key.Incarnation] = peer.Key;
        if (!_endPoints.ContainsKey(peer.Key)) Resolve(peer.Key);
        if (!Observes(peer)) _connected.Remove(peer.Key);
        else if (_connected.Add(peer.Key)) Connect(peer);
        if (IsUnobserved(peer)) _unobserved.Add(peer.Key);
        else _unobserved.Remove(peer.Key);
    }

    private void Forget(NodeKey peer)
    {
        _peers.Remove(peer.Incarnation);
        _endPoints = _endPoints.Remove(peer);
        _connected.Remove(peer);
        _routes.Remove(peer);
        _unobserved.Remove(peer);
    }

    private bool Observes(Member peer) => peer.ObserverSets.Any(s => s.Observers.Contains(_channel.Self));

    private void UpdateChannel() => _channel.UpdateView(_view, _endPoints);

    private void Prove(NodeKey peer, LossKind kind, string detail)
    {
        var evidence = new LossEvidence(kind, [_channel.Self], null, Route(peer)?.SuspectedAt, WallClock, detail);
        if (!_book.Prove(peer, evidence)) return;
        LogProven(peer, detail);
        TellEvidence();
    }

    private void TellEvidence()
    {
        if (_book.TakeChanged() is { } evidence) _orchestrator.Tell(new EvidenceChanged(evidence), Self);
    }

    private void Describe()
    {
        var (asker, self) = (Sender, Self);
        _channel.Describe(table => asker.Tell(table, self));
    }

    // ── The second route ────────────────────

    private SecondRoute? Route(NodeKey peer)
    {
        if (_routes.TryGetValue(peer, out var route)) return route;
        if (peer == _channel.Self || !_view.IsAlive(peer)) return null;
        route = new SecondRoute(SharesKernel(_view.Find(peer)!.Facts));
        _routes.Add(peer, route);
        return route;
    }

    private bool SharesKernel(NodeFacts facts) =>
        facts.LockFile.Length > 0 && facts.BootId.Length > 0 && facts.BootId == _environment.Host.BootId;

    private void OnCut(AssociationLost lost)
    {
        var peer = PeerOf(lost.Uid);
        Route(peer)?.OnCut(lost.Reason.ToString().ToLowerInvariant(), _environment.Now, WallClock);
        TryBoth(peer);
    }

    /// <summary>The member of this incarnation; remoting calls it uid. A key that is no member when there is none.</summary>
    private NodeKey PeerOf(long uid)
    {
        var incarnation = unchecked((ulong)uid);
        return _peers.GetValueOrDefault(incarnation, new NodeKey("", incarnation));
    }

    /// <summary>Keeps a connection open with whom this node observes: it breaks within milliseconds of a process's end.</summary>
    private void Connect(Member peer)
    {
        _remote?.Connect(new Address(RemoteActorRefProvider.Protocol, peer.Facts.SystemName, peer.Facts.Host, peer.Facts.Port));
    }

    private void TryBoth(NodeKey peer)
    {
        if (Route(peer) is not { } route) return;
        var now = _environment.Now;
        var facts = _view.Find(peer)!.Facts;
        if (route.TryBeginLock(now)) TryLock(peer, facts.LockFile);
        if (route.TryBeginConnect(now)) TryConnect(peer, facts.Host, facts.Port);
        if (route.Pause(now) is { } pause) Timers.StartSingleTimer(peer, new TryRoutes(peer), pause);
    }

    private void TryLock(NodeKey peer, string path)
    {
        var (files, self) = (_environment.LockFiles, Self);
        _worker.Post(() => self.Tell(new LockTried(peer, files.IsHolderGone(path, peer.ToString())), ActorRefs.NoSender));
    }

    private void OnLockTried(LockTried tried)
    {
        if (tried.IsHolderGone) Prove(tried.Peer, LossKind.LockFile, $"its lock file {_view.Find(tried.Peer)?.Facts.LockFile} is free");
        else Route(tried.Peer)?.OnLockHeld();
    }

    private void TryConnect(NodeKey peer, string host, int port) =>
        _ = ConnectAttempt.OnceAsync(_environment, host, port).PipeTo(Self, success: outcome => new ConnectTried(peer, outcome));

    private void OnConnectTried(ConnectTried tried)
    {
        if (Route(tried.Peer) is not { } route) return;
        route.OnConnected(tried.Outcome);
        if (route.IsStrong) _channel.Refused(tried.Peer);
    }

    // ── Addresses ────────────────────

    private void Resolve(NodeKey peer)
    {
        if (_view.Find(peer)?.Facts is not { } facts) return;
        if (IPAddress.TryParse(facts.Host, out var address))
        {
            _endPoints = _endPoints.SetItem(peer, new IPEndPoint(address, facts.SignalPort));
            return;
        }
        var (self, family) = (Self, _channel.LocalEndPoint.AddressFamily);
        _worker.Post(() => self.Tell(new Resolved(peer, Lookup(facts, family)), ActorRefs.NoSender));
    }

    private static IPEndPoint? Lookup(NodeFacts facts, System.Net.Sockets.AddressFamily family)
    {
        try
        {
            var found = Dns.GetHostAddresses(facts.Host, family);
            return found.Length > 0 ? new IPEndPoint(found[0], facts.SignalPort) : null;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ArgumentException)
        {
            return null; // Asked again in a while; until then the peer is not signalled, and its own detector says so.
        }
    }

    private void OnResolved(Resolved resolved)
    {
        if (!_view.IsAlive(resolved.Peer)) return;
        if (resolved.EndPoint is null)
        {
            LogUnresolved(resolved.Peer, _view.Find(resolved.Peer)!.Facts.Host);
            Timers.StartSingleTimer(("resolve", resolved.Peer), new ResolveHost(resolved.Peer), ResolveAgain);
            return;
        }
        _endPoints = _endPoints.SetItem(resolved.Peer, resolved.EndPoint);
        UpdateChannel();
    }

    // ── interval = auto ────────────────────

    private void Measure()
    {
        var self = Self;
        _channel.Describe(table => self.Tell(table, ActorRefs.NoSender));
    }

    /// <summary>The worst path decides: the times are one setting for the whole cluster (SAFETY 1B-10).</summary>
    private void OnMeasured(SignalTable table)
    {
        var measured = table.Peers.Where(p => p.Heard >= SamplesMin).ToArray();
        if (measured.Length == 0) return;
        var quality = new SignalQuality(
            measured.Max(p => p.Jitter), measured.Max(p => (double)p.Missed / (p.Heard + p.Missed)), measured.Max(p => p.RoundTrip));
        var requirement = _channel.Options.Requirement;
        var derived = SignalTimingPlan.Derive(requirement, quality, table.Timing);
        if (derived is DerivedTiming.CannotMeet refused) LogCannotMeet(requirement, quality, refused.DetectWithin);
        _orchestrator.Tell(new SignalTimingDerived(quality, derived), Self);
    }

    private DateTimeOffset WallClock => _environment.Time.GetUtcNow();

    [LoggerMessage(EventId = 3101, Level = LogLevel.Information, Message = "Signal channel open on {EndPoint}, thread {Scheduling}")]
    private partial void LogOpened(IPEndPoint endPoint, string scheduling);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "{Peer} suspected: silent for {SilenceMs} ms, probing")]
    private partial void LogSuspected(NodeKey peer, double silenceMs);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "Supporting the loss of {Peer}: {Detail}")]
    private partial void LogSupported(NodeKey peer, string detail);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Information, Message = "{Peer} heard again after {SilenceMs} ms")]
    private partial void LogRestored(NodeKey peer, double silenceMs);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Warning, Message = "{Peer} has ended: {Detail}")]
    private partial void LogProven(NodeKey peer, string detail);

    [LoggerMessage(EventId = 3106, Level = LogLevel.Warning, Message = "Muted: the lease has run out, too few observers hear this node")]
    private partial void LogMuted();

    [LoggerMessage(EventId = 3107, Level = LogLevel.Information, Message = "The lease runs: this node may serve")]
    private partial void LogUnmuted();

    [LoggerMessage(EventId = 3109, Level = LogLevel.Warning, Message =
        "signal.requirement {Requirement} cannot be met on {Quality}; detection within {Possible} is possible. Nothing was changed")]
    private partial void LogCannotMeet(SignalRequirement requirement, SignalQuality quality, TimeSpan? possible);

    [LoggerMessage(EventId = 3108, Level = LogLevel.Warning, Message =
        "Cannot resolve host {Host} of {Peer} (its advertised host): not signalled until it resolves")]
    private partial void LogUnresolved(NodeKey peer, string host);
}
