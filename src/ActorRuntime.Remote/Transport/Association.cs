using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;
using ActorRuntime.Remote.Delivery;
using ActorRuntime.Remote.Wire;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Transport;

/// <summary>Everything this system knows of one peer address: its incarnation, its lanes, what is owed to it and who is watched there.</summary>
/// <remarks>
/// Sending is lock-free; the rare events (handshake, loss, quarantine, system messages) take one lock. Events and notices leave outside of it, except
/// system messages from the peer, which are handed over inside, so that two connections of one peer cannot swap them.
/// </remarks>
internal sealed class Association
{
    private readonly Lock _gate = new();
    private readonly RemoteTransport _transport;
    private readonly OutboundLane _control;
    private readonly OutboundLane[] _data;
    private readonly SystemOutbox<OutboundMessage> _outbox;
    private readonly RemoteWatches _watches = new();
    private readonly List<ILink> _links = [];
    private readonly LogWindow _overflowLog;
    private SystemInbox _inbox = new();
    private long _uid;
    private bool _isOpen;
    private bool _hasPendingResend;
    private MonotonicTime? _unreachableSince;

    public Association(RemoteTransport transport, Address peer)
    {
        (_transport, Peer) = (transport, peer);
        _outbox = new SystemOutbox<OutboundMessage>(transport.Options.ControlQueueSize);
        _overflowLog = new LogWindow(transport.Options.LogWindow, transport.Environment);
        _control = new OutboundLane(transport, this, LaneKind.Control, 0, transport.Options.ControlQueueSize);
        _data = new OutboundLane[transport.Options.DataLanes];
        for (var i = 0; i < _data.Length; i++) _data[i] = new OutboundLane(transport, this, LaneKind.Data, i, transport.Options.OutboundQueueSize);
    }

    public Address Peer { get; }

    /// <summary>The peer's incarnation; 0 before the first handshake and after its quarantine.</summary>
    public long Uid => Volatile.Read(ref _uid);

    /// <summary>True when the control lane has a reason to be connected.</summary>
    public bool NeedsControl
    {
        get
        {
            lock (_gate) return _outbox.Count > 0 || _watches.AreOursWaiting;
        }
    }

    private bool IsOpen
    {
        get
        {
            lock (_gate) return _isOpen;
        }
    }

    public void Send(object message, IActorRef? sender, RemoteActorRef recipient)
    {
        var lane = message is IControlMessage ? _control : LaneOf(recipient);
        if (lane.TryPost(new OutboundMessage(message, sender, recipient))) return;
        _transport.Drop(message, sender, recipient);
        if (lane == _control) Quarantine(Uid, $"{_transport.Options.ControlQueueSize} control messages wait (actor-runtime.remote.control-queue-size)");
        else if (_overflowLog.TryOpen(out var heldBack)) _transport.Log.QueueFull(Peer, _transport.Options.OutboundQueueSize, heldBack);
    }

    public void SendSystem(ISystemMessage message, RemoteActorRef recipient)
    {
        bool isAdded;
        lock (_gate)
        {
            _watches.Sent(message, recipient);
            isAdded = _outbox.TryAdd(new OutboundMessage(message, null, recipient));
        }
        if (isAdded) _control.Wake();
        else Quarantine(Uid, $"{_transport.Options.ControlQueueSize} system messages wait (actor-runtime.remote.control-queue-size)");
    }

    /// <summary>Connects the control lane although nothing waits.</summary>
    public void Connect() => _control.Connect();

    /// <summary>A handshake told who answers at this address.</summary>
    /// <param name="uid">The incarnation.</param>
    /// <param name="link">The connection; closed by the association when the incarnation ends.</param>
    /// <param name="isOutboundControl">True when system messages will leave on it.</param>
    /// <returns>False when that incarnation is quarantined.</returns>
    public bool TryOpen(long uid, ILink link, bool isOutboundControl)
    {
        var ended = default(Ended);
        long replaced;
        bool opened;
        lock (_gate)
        {
            if (_transport.Quarantine.Contains(Peer, uid)) return false;
            replaced = _uid == uid ? 0 : _uid;
            if (_uid != uid)
            {
                if (replaced != 0)
                {
                    _transport.Quarantine.Add(Peer, replaced);
                    ended = End(hasSuccessor: true);
                }
                Volatile.Write(ref _uid, uid);
            }
            if (isOutboundControl)
            {
                if (_hasPendingResend) _transport.Counters.AddResent(_outbox.Count);
                _hasPendingResend = true;
                _outbox.Rewind();
            }
            _links.Add(link);
            opened = !_isOpen;
            (_isOpen, _unreachableSince) = (true, null);
        }
        if (replaced != 0)
        {
            _transport.Publish(new AssociationLost(Peer, replaced, AssociationLossReason.Replaced, $"incarnation {uid} answers there"));
            _transport.Publish(new PeerQuarantined(Peer, replaced, $"replaced by incarnation {uid}"));
        }
        if (opened || replaced != 0)
        {
            _transport.Log.Opened(Peer, uid);
            _transport.Publish(new AssociationOpened(Peer, uid));
        }
        Tell(ended, $"incarnation {replaced} was replaced");
        return true;
    }

    /// <summary>A connection ended without this side wanting it.</summary>
    public void LinkLost(ILink link, AssociationLossReason reason, string detail)
    {
        if (reason == AssociationLossReason.Goodbye)
        {
            Quarantine(link.Uid, "it said goodbye", AssociationLossReason.Goodbye);
            return;
        }
        bool isNews;
        lock (_gate)
        {
            isNews = _links.Remove(link) && _isOpen && link.Uid == _uid;
            if (isNews) _isOpen = false;
        }
        if (!isNews) return;
        _transport.Publish(new AssociationLost(Peer, link.Uid, reason, detail));
        _transport.Log.Lost(Peer, link.Uid, reason, detail);
        _control.Wake();
    }

    /// <summary>A connection ended in a way that says nothing about the peer.</summary>
    public void LinkClosed(ILink link)
    {
        lock (_gate) _links.Remove(link);
    }

    /// <summary>The peer could not be reached once more.</summary>
    /// <returns>How long that has been so.</returns>
    public TimeSpan Unreachable()
    {
        TimeSpan silence;
        lock (_gate)
        {
            var now = _transport.Environment.Now;
            silence = now - (_unreachableSince ??= now);
        }
        var limit = _transport.Options.QuarantineAfter;
        if (limit != Timeout.InfiniteTimeSpan && silence >= limit && NeedsControl) Quarantine(Uid, $"unreachable for {silence.TotalSeconds:0.#} s");
        return silence;
    }

    /// <summary>Shuts out <paramref name="uid"/>; 0 gives up whoever might have answered.</summary>
    public void Quarantine(long uid, string reason, AssociationLossReason loss = AssociationLossReason.Quarantined)
    {
        var isNews = uid != 0 && _transport.Quarantine.Add(Peer, uid);
        if (isNews) _transport.Log.Quarantined(Peer, uid, reason);
        GiveUp(uid, reason, loss);
        if (isNews) _transport.Publish(new PeerQuarantined(Peer, uid, reason));
    }

    /// <summary>Ends everything agreed with <paramref name="uid"/>, if that is who answers here, without shutting it out.</summary>
    public void GiveUp(long uid, string reason, AssociationLossReason loss = AssociationLossReason.Quarantined)
    {
        Ended ended;
        bool wasOpen;
        lock (_gate)
        {
            if (uid != _uid) return;
            wasOpen = _isOpen;
            ended = End(hasSuccessor: false);
            Volatile.Write(ref _uid, 0);
        }
        if (wasOpen) _transport.Publish(new AssociationLost(Peer, uid, loss, reason));
        Tell(ended, reason);
        DropWaiting();
    }

    /// <summary>This system goes on as another incarnation: everything agreed with the peer's is void.</summary>
    public void Renew() => GiveUp(Uid, "this system took a new incarnation", AssociationLossReason.Renewed);

    /// <summary>The next system message for <paramref name="link"/>.</summary>
    public bool TryTakeSystem(ILink link, out long sequence, out OutboundMessage message)
    {
        lock (_gate)
        {
            (sequence, message) = (0, default);
            return link.Uid == _uid && _outbox.TryTake(out sequence, out message);
        }
    }

    /// <summary>The peer acknowledged system messages.</summary>
    /// <returns>False when it never got them: a broken peer.</returns>
    public bool TryAcknowledge(ILink link, long sequence)
    {
        lock (_gate) return link.Uid != _uid || _outbox.TryAcknowledge(sequence);
    }

    /// <summary>A numbered system message came from the peer; it is handed over if it is the next one.</summary>
    /// <param name="message">Null when it cannot be read: it counts as handed over.</param>
    public Arrival Receive(ILink link, long sequence, ISystemMessage? message, IInternalActorRef? recipient)
    {
        lock (_gate)
        {
            if (link.Uid != _uid) return Arrival.Gap;
            var arrival = _inbox.Accept(sequence);
            if (arrival == Arrival.Deliver && message is not null && recipient is not null)
            {
                recipient.SendSystemMessage(_watches.Received(message, recipient));
            }
            return arrival;
        }
    }

    /// <summary>Sends what waits, says goodbye and closes.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        // Control last: its goodbye ends the incarnation for the peer. Connected for that alone when the peer knows this one by its own connections only.
        foreach (var lane in _data) await lane.CloseAsync(sayGoodbye: false, cancellationToken).ConfigureAwait(false);
        if (IsOpen) _control.Connect();
        await _control.CloseAsync(sayGoodbye: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Everything that waits for the peer goes to dead letters.</summary>
    public void DropWaiting()
    {
        _control.DropWaiting();
        foreach (var lane in _data) lane.DropWaiting();
    }

    private OutboundLane LaneOf(RemoteActorRef recipient) =>
        _data.Length == 1 ? _data[0] : _data[(int)((uint)recipient.LaneHash % (uint)_data.Length)];

    /// <summary>Inside the lock: forgets the present incarnation.</summary>
    private Ended End(bool hasSuccessor)
    {
        // A watch not yet acknowledged may concern the successor, which answers for itself; notices and stops meant the old one.
        var pending = new HashSet<(IInternalActorRef, IInternalActorRef)>();
        var dropped = _outbox.Restart(waiting =>
        {
            if (!hasSuccessor || waiting.Message is not (Watch or Unwatch)) return false;
            if (waiting.Message is Watch watch) pending.Add((watch.Watchee, watch.Watcher));
            return true;
        });
        var notices = _watches.End((watchee, watcher) => pending.Contains((watchee, watcher)));
        ILink[] links = [.. _links];
        _links.Clear();
        _inbox = new SystemInbox();
        (_isOpen, _hasPendingResend, _unreachableSince) = (false, false, null);
        return new Ended(links, notices, dropped);
    }

    private void Tell(Ended ended, string reason)
    {
        if (ended.Links is null) return; // Nothing ended.
        foreach (var link in ended.Links) link.Close(reason);
        foreach (var (to, message) in ended.Notices) to.SendSystemMessage(message);
        if (ended.Dropped.Count > 0) _transport.Counters.AddDroppedOutbound(ended.Dropped.Count);
    }

    private readonly record struct Ended(
        IReadOnlyList<ILink> Links,
        IReadOnlyList<(IInternalActorRef To, ISystemMessage Message)> Notices,
        IReadOnlyList<OutboundMessage> Dropped);
}
