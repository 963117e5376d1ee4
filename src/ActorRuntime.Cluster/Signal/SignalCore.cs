using System.Net;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>The signal channel of one node as a machine: who is signalled, said, heard, suspected, echoed, and how long it may serve.</summary>
/// <remarks>
/// Sans-IO; runs on one thread, driven as an <see cref="IDatagramHandler"/>, and the shell takes <see cref="Events"/> after each call.
/// Composes <see cref="FailureDetector"/> per observed peer, <see cref="LeaseCalculator"/> and <see cref="TakeoverGate"/>. Model: datagrams are
/// lost, delayed, reordered, duplicated and forged; the process may be paused; clocks deviate by the drift allowed for. Invariants: I4 for
/// whatever waits for the gate, and I10. The steady path (same view, nobody suspected) allocates nothing.
/// </remarks>
internal sealed class SignalCore : IDatagramHandler
{
    private const int AwaitedMax = 256;
    private const int SpacingShare = 20; // Changes are told at once, but not more often than 20 times per interval.
    private static readonly MonotonicTime Never = new(long.MaxValue);

    private readonly NodeKey _self;
    private readonly SignalCodec _codec;
    private readonly SignalOptions _options;
    private readonly LinkTable _table;
    private readonly LeaseCalculator _lease;
    private readonly TakeoverGate _gate;
    private readonly SilentList _lost = new();
    private readonly SignalDatagram _heard = new();
    private readonly SignalDatagram _said = new();
    private readonly byte[] _bytes = new byte[SignalCodec.BytesMax];
    private readonly List<(NodeKey Node, long Version)> _awaited = [];
    private IDatagramSender? _sender;
    private ClusterView _view = ClusterView.Empty;
    private MonotonicTime? _lastRun, _aliveAt;
    private MonotonicTime _nextEmission, _lastEmission;
    private TimeSpan _leaseHeardMax;
    private bool _emitSoon, _wasOpen, _emitter, _detector, _isSilenced, _storeReachable = true;
    private long _gateChanges, _saidVersion, _handedOver;

    public SignalCore(NodeKey self, SignalCodec codec, SignalOptions options, SignalParts? parts = null)
    {
        (_self, _codec, _options) = (self, codec, options);
        (_emitter, _detector, Timing) = (options.Emitter, options.Detector, options.Timing);
        parts ??= SignalParts.Sound;
        (_table, _lease, _gate) = (parts.MakeLinks(self, _lost), parts.MakeLease(self), parts.MakeGate(self));
    }

    /// <summary>What happened since the shell emptied it last.</summary>
    public List<SignalEvent> Events { get; } = [];

    public SignalTiming Timing { get; private set; }

    /// <summary>The longest lease any signal asked for that was heard here.</summary>
    public TimeSpan LeaseHeardMax => _leaseHeardMax;

    public ClusterView View => _view;

    private long HandedOverVersion => Math.Min(_handedOver, _lease.ReportedVersion);

    public MonotonicTime LeaseEnd => _lease.End;

    public LeaseCalculator Lease => _lease;
    public TakeoverGate Gate => _gate;

    public SignalDropCounters Drops { get; } = new();

    public long Sent { get; private set; }

    /// <summary>Times this node found that it had not been scheduled and restarted its observation.</summary>
    public long Restarts { get; private set; }

    /// <summary>Fault injection: drop everything in and out. Ignored unless configured.</summary>
    public bool IsBlocked { get; private set; }

    public bool IsEmitting => _emitter;
    public bool IsDetecting => _detector;
    public IReadOnlyList<PeerLink> Links => _table.Links;
    public SilentList Lost => _lost;
    public MonotonicTime Deadline { get; private set; }

    public void OnStart(IDatagramSender sender, MonotonicTime now)
    {
        _sender = sender;
        (_nextEmission, _lastEmission, Deadline) = (now, now, now);
    }

    public void OnDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        NoteScheduled(now);
        var drop = IsBlocked ? SignalDrop.Blocked : _codec.Read(datagram, _heard);
        if (drop == SignalDrop.None) drop = OnSignal(now);
        if (drop != SignalDrop.None) Drops.Count(drop);
        Settle(now);
    }

    public void OnTime(MonotonicTime now)
    {
        NoteScheduled(now);
        foreach (var link in _table.Observed) RunDetector(link, now);
        if (_lost.OnTime(now))
        {
            ReportSelf(now);
            _emitSoon = true;
        }
        if (now >= _gate.Deadline) _gate.OnTime(now);
        _lease.OnTime(now);
        Settle(now);
        if (now >= _nextEmission || (_emitSoon && now >= _lastEmission + Timing.Interval / SpacingShare)) Emit(now);
        Deadline = NextDeadline(now);
    }

    /// <summary>Takes in a newer view and the addresses of its members; an older one changes nothing.</summary>
    public void UpdateView(ClusterView view, IReadOnlyDictionary<NodeKey, IPEndPoint> endPoints, MonotonicTime now)
    {
        if (view.Version < _view.Version) return;
        var (isNewer, isRetimed, isLoss) = (view.Version > _view.Version, view.Timing != _view.Timing, !ReferenceEquals(view.Lost, _view.Lost));
        _view = view;
        Timing = _options.Timing.With(view.Timing);
        _nextEmission = Earlier(_nextEmission, now + Timing.Interval);
        _table.Update(view, endPoints, Timing, now);
        if (isNewer)
        {
            _lease.OnView(view, now);
            _gate.OnView(view, Timing, now);
            ReportSelf(now);
            if (_gate.HasClosed || isRetimed)
                foreach (var link in _table.Links) ReportPeer(link, now); // They may have applied this view before this node did.
        }
        AskAwaited();
        Events.AddRange(_table.RepeatUnknown());
        _emitSoon |= isLoss || view.Members.Count <= ViewLimits.SmallMax; // Else with the next signal: an entry must not cost a large cluster signals of its own.
        Settle(now);
    }

    /// <summary>The actors of this node are at work. From the first such word on they must say so within <c>stall-after</c>, or nothing is sent.</summary>
    public void Alive(MonotonicTime now) => _aliveAt = now;

    /// <summary>CL-1: sends, or is silent.</summary>
    public void SwitchEmitter(bool on, MonotonicTime now)
    {
        _emitter = on;
        _emitSoon = on;
        Settle(now);
    }

    /// <summary>Not a word from now on, whatever is switched on: echoes would extend the leases of others.</summary>
    public void Silence() => _isSilenced = true;

    /// <summary>CL-1: judges its peers, or suspects and supports nothing. Echoes go on: the leases of others rest on them.</summary>
    public void SwitchDetector(bool on, MonotonicTime now)
    {
        if (_detector != on) RestartObservation(now);
        _detector = on;
        Settle(now);
    }

    /// <summary>Says in the signals whether the store can be reached (SAFETY 1B-16).</summary>
    public void SetStoreReachable(bool isReachable, MonotonicTime now)
    {
        if (_storeReachable == isReachable) return;
        _storeReachable = isReachable;
        _emitSoon = true;
        _saidVersion = -1; // Told to this node's own orchestrator, too.
        Settle(now);
    }

    /// <summary>Whatever views up to <paramref name="version"/> took from this node has stopped here; may fall when more is taken.</summary>
    public void SetHandedOver(long version, MonotonicTime now)
    {
        if (_handedOver == version) return;
        _handedOver = version;
        _saidVersion = -1; // Told to this node's own orchestrator, too.
        Settle(now);
    }

    /// <summary>The store renewed this node's witness row by a statement sent at <paramref name="sentAt"/> (SAFETY 1B-11).</summary>
    public void WitnessRenewed(MonotonicTime sentAt, MonotonicTime now)
    {
        if (IsStalled(now)) return; // The store's word must not keep up what the signals no longer do.
        _lease.OnWitnessRenewed(sentAt + Timing.Lease, now);
        Settle(now);
    }

    /// <summary>Somebody here waits for <paramref name="node"/> to report <paramref name="version"/>: asks it until it does.</summary>
    public void Await(NodeKey node, long version, MonotonicTime now)
    {
        if (_awaited.Count >= AwaitedMax || _gate.IsClear(node, version) || _awaited.Contains((node, version))) return;
        _awaited.Add((node, version));
        AskAwaited();
        Settle(now);
    }

    /// <summary>Another route says that nobody listens at the peer any more (SAFETY 1B-13).</summary>
    public void Refused(NodeKey peer, MonotonicTime now)
    {
        if (_table.TryFind(peer.Incarnation, out var link)) link.Detector?.OnRefused();
        Deadline = Earlier(Deadline, now);
    }

    /// <summary>Fault injection, where configured: drops all datagrams in and out.</summary>
    public void Block(bool on) => IsBlocked = on && _options.FaultInjection;

    /// <summary>Tells the present state as events once more, for a listener that comes late or again.</summary>
    public void Repeat(MonotonicTime now)
    {
        foreach (var link in _table.Links)
        {
            if (link.AppliedVersion >= 0) Events.Add(_table.ReportOf(link));
            if (link.Detector is not { } detector) continue;
            if (detector.IsSuspected) Events.Add(new SignalEvent.Suspected(link.Peer, now - detector.HeardAt));
            if (detector.SupportsLoss) Events.Add(SupportOf(link, detector, now));
        }
        (_saidVersion, _gateChanges) = (-1, -1);
        Settle(now);
    }

    /// <summary>What a peer said last, in names.</summary>
    public SignalEvent.Reported ReportOf(PeerLink link) => _table.ReportOf(link);

    private SignalDrop OnSignal(MonotonicTime now)
    {
        if (_heard.Addressee != _self.Incarnation) return SignalDrop.Misaddressed;
        if (!_table.TryFind(_heard.Sender, out var link))
        {
            return _table.Names.ContainsKey(_heard.Sender) ? SignalDrop.LostSender : SignalDrop.UnknownSender;
        }
        var isHeardAgain = link.HasReceivedNothingFor(Timing.LossAfter, now);
        if (!link.Accept(_heard.Sequence, now)) return SignalDrop.Replayed;

        _emitSoon |= isHeardAgain; // The peer does not hear before it knows.
        var isDeaf = _heard.Has(SignalFlags.Deaf);
        if (!isDeaf) OnHeard(link, now);
        if (!isDeaf || _view.Find(link.Peer) is not { Status: MemberStatus.Joining }) OnReport(link, now); // Who hears nobody does not come up.
        if (_heard.Has(SignalFlags.ProbeRequest)) Say(link, SignalFlags.ProbeReply, now);
        return SignalDrop.None;
    }

    private void OnHeard(PeerLink link, MonotonicTime now)
    {
        if (_heard.Lease > _leaseHeardMax) _leaseHeardMax = _heard.Lease;
        link.OnHeard(_heard);
        if (link.Detector is { } detector
            && detector.OnHeard(_heard.Lease, _heard.Has(SignalFlags.ProbeReply), Timing, now) == DetectorStep.Restore) Restored(link);
    }

    private void OnReport(PeerLink link, MonotonicTime now)
    {
        var hasNews = link.OnReport(_heard, now);
        if (_heard.EchoSequence > 0 && link.TryTakeEcho(_heard.EchoSequence, now, out var leaseEnd))
            _lease.OnEcho(_heard.Sender, leaseEnd, _heard.EchoEpoch, now);
        _gate.OnLease(link.LeaseGrantedMax, Timing);
        if (!hasNews) return;
        Events.Add(_table.ReportOf(link));
        ReportPeer(link, now);
    }

    private void RunDetector(PeerLink link, MonotonicTime now)
    {
        if (link.Detector is not { } detector || !_detector) return;
        while (true)
        {
            switch (detector.OnTime(Timing, now))
            {
                case DetectorStep.Suspect:
                    Events.Add(new SignalEvent.Suspected(link.Peer, now - detector.HeardAt));
                    break;
                case DetectorStep.Probe:
                    Say(link, SignalFlags.ProbeRequest, now);
                    break;
                case DetectorStep.Support:
                    _emitSoon = true;
                    Events.Add(SupportOf(link, detector, now));
                    break;
                default:
                    return;
            }
        }
    }

    private static SignalEvent.LossSupported SupportOf(PeerLink link, FailureDetector detector, MonotonicTime now) =>
        new(link.Peer, now - detector.HeardAt, detector.ProbesSent, detector.ProbesAnswered) { IsDeaf = link.IsDeaf };

    private void Restored(PeerLink link)
    {
        _emitSoon = true; // A vote may have been taken back.
        Events.Add(new SignalEvent.Restored(link.Peer, link.Detector!.LastSilence));
    }

    private void NoteScheduled(MonotonicTime now)
    {
        if (_lastRun is { } last && now - last > 2 * Timing.Interval)
        {
            Restarts++;
            RestartObservation(now);
        }
        _lastRun = now;
    }

    private void RestartObservation(MonotonicTime now)
    {
        foreach (var link in _table.Links) link.RestartObservation(now);
        foreach (var link in _table.Observed)
        {
            if (link.Detector?.RestartObservation(now) == DetectorStep.Restore) Restored(link);
        }
    }

    /// <summary>Tells what changed: the mute switch, the gates.</summary>
    private void Settle(MonotonicTime now)
    {
        var isOpen = now < _lease.End;
        if (isOpen != _wasOpen)
        {
            _wasOpen = isOpen;
            _emitSoon = true; // Without a lease the signals ask for replies.
            Events.Add(isOpen ? new SignalEvent.LeaseRegained() : new SignalEvent.LeaseLost());
        }
        if (_saidVersion != _lease.ReportedVersion)
        {
            _saidVersion = _lease.ReportedVersion;
            Events.Add(new SignalEvent.Reported(_self, _saidVersion, HandedOverVersion, [], [], !_storeReachable));
        }
        if (_gateChanges != _gate.Changes)
        {
            _gateChanges = _gate.Changes;
            _awaited.RemoveAll(a => _gate.IsClear(a.Node, a.Version));
            AskAwaited();
            Events.Add(new SignalEvent.GateMoved());
        }
        if (_emitSoon) Deadline = Earlier(Deadline, _lastEmission + Timing.Interval / SpacingShare);
    }

    private void Emit(MonotonicTime now)
    {
        _emitSoon = false;
        _lastEmission = now;
        var isBehind = now - _nextEmission > Timing.Interval;
        if (now >= _nextEmission) _nextEmission = (isBehind ? now : _nextEmission) + Timing.Interval;
        var ask = now < _lease.End && !_lease.IsAdopting ? SignalFlags.None : SignalFlags.ProbeRequest;
        foreach (var link in _table.Signalled)
        {
            if (link.IsAsked) Say(link, SignalFlags.ProbeRequest, now);
            else if (link.IsTarget) Say(link, ask, now);
        }
    }

    private void Say(PeerLink link, SignalFlags flags, MonotonicTime now)
    {
        if (!_emitter || _isSilenced || IsBlocked || IsStalled(now) || link.EndPoint is null || _sender is null) return;
        var said = _said;
        if (!_storeReachable) flags |= SignalFlags.SteppedDown;
        said.Flags = link.HasReceivedNothingFor(Timing.LossAfter, now) ? flags | SignalFlags.Deaf : flags;
        said.Sender = _self.Incarnation;
        said.Addressee = link.Peer.Incarnation;
        said.Sequence = link.NextSequence(now, now + Timing.Lease);
        said.SentAt = now.Ticks;
        said.AppliedVersion = _lease.ReportedVersion;
        said.HandedOverVersion = HandedOverVersion;
        said.Lease = Timing.Lease;
        said.LeaseHeardMax = _leaseHeardMax;
        said.Epoch = _lease.Epoch;
        said.EchoSequence = link.Detector is null ? 0 : link.HeardSequence;
        said.EchoEpoch = link.PeerEpoch;
        said.SupportsCount = _table.CopySupports(said.Supports);
        said.SilentCount = _lost.CopyTo(said.Silent);
        _sender.Send(_bytes.AsSpan(0, _codec.Write(said, _bytes)), link.EndPoint);
        Sent++;
    }

    private bool IsStalled(MonotonicTime now) => _options.StallAfter > TimeSpan.Zero && now > _aliveAt + _options.StallAfter;

    private void AskAwaited() => _table.Ask(_gate.HasClosed || _awaited.Count > 0 ? _gate.Awaited.Concat(_awaited.Select(a => a.Node)) : []);

    private void ReportPeer(PeerLink link, MonotonicTime now)
    {
        if (link.AppliedVersion >= 0) _gate.OnReport(link.Peer, link.AppliedVersion, link.Silent, link.LeaseGrantedMax, Timing, now);
    }

    /// <summary>This node is an observer like any other: its own word opens gates here, too.</summary>
    private void ReportSelf(MonotonicTime now)
    {
        Span<ulong> silent = stackalloc ulong[SignalDatagram.SilentMax];
        _gate.OnReport(_self, _view.Version, silent[.._lost.CopyTo(silent)], _leaseHeardMax, Timing, now);
    }

    private MonotonicTime NextDeadline(MonotonicTime now)
    {
        var next = _nextEmission;
        if (_emitSoon) next = Earlier(next, _lastEmission + Timing.Interval / SpacingShare);
        next = Earlier(next, Earlier(_gate.Deadline, _lost.Deadline));
        if (now < _lease.End) next = Earlier(next, _lease.End);
        if (!_detector) return next;
        foreach (var link in _table.Observed)
        {
            if (link.Detector is { } detector) next = Earlier(next, detector.Deadline(Timing));
        }
        return next;
    }

    private static MonotonicTime Earlier(MonotonicTime left, MonotonicTime right) => left < right ? left : right;
}
