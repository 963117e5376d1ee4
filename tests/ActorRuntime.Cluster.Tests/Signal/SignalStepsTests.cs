using System.Net;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>What a says and tells, step by step: what b and c say is made up here.</summary>
public sealed class SignalStepsTests
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c");
    private static readonly Dictionary<NodeKey, IPEndPoint> EndPoints = new()
    {
        [B] = new IPEndPoint(IPAddress.Loopback, 2), [C] = new IPEndPoint(IPAddress.Loopback, 3),
    };

    private readonly SignalCodec _codec = new(1, new byte[32]);
    private readonly ClusterView _view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3));
    private readonly Outbox _outbox = new();
    private readonly SignalCore _core;
    private MonotonicTime _now = new(1_000_000_000);
    private long _sequence;

    public SignalStepsTests()
    {
        _core = new SignalCore(A, _codec, new SignalOptions { FaultInjection = true });
        _core.OnStart(_outbox, _now);
        _core.UpdateView(_view, EndPoints, _now);
    }

    [Fact, Trait("Requirement", "CL-2")]
    public void The_lease_begins_with_an_echo_runs_from_when_the_signal_was_sent_and_ends_in_time()
    {
        Pass(0);
        var first = Said(B);
        Assert.True(first.Has(SignalFlags.ProbeRequest)); // Without a lease it asks for replies.
        var sentAt = _now;
        Pass(20);
        Assert.DoesNotContain(Took(), happened => happened is SignalEvent.LeaseRegained);
        Hear(B, echo: first.Sequence);
        Assert.Contains(Took(), happened => happened is SignalEvent.LeaseRegained);
        Assert.Equal(sentAt + _core.Timing.Lease, _core.LeaseEnd);
        Pass(_core.Timing.Interval);
        Assert.False(Said(B).Has(SignalFlags.ProbeRequest));

        while (_core.Deadline < _core.LeaseEnd) Step();
        Assert.Equal(_core.LeaseEnd, _core.Deadline); // Not a tick later.
        Assert.DoesNotContain(Took(), happened => happened is SignalEvent.LeaseLost);
        Step();
        Assert.Contains(Took(), happened => happened is SignalEvent.LeaseLost);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Nothing_is_said_to_be_handed_over_above_the_view_it_reports()
    {
        Took();
        _core.SetHandedOver(9, _now);
        Pass(0);
        Assert.Equal((1, 1), (Said(B).AppliedVersion, Said(B).HandedOverVersion));
        Assert.Equal([1L], HandedOver());
        _core.SetHandedOver(9, _now);
        Assert.Empty(Took());
        _core.SetHandedOver(0, _now); // More is taken: it falls.
        Assert.Equal([0L], HandedOver());
        _core.SetStoreReachable(false, _now);
        Assert.True(Assert.Single(Took().OfType<SignalEvent.Reported>()).SteppedDown);
        _core.SetStoreReachable(false, _now);
        Assert.Empty(Took());

        long[] HandedOver() => [.. Took().OfType<SignalEvent.Reported>().Where(report => report.From == A).Select(report => report.HandedOverVersion)];
    }

    [Fact, Trait("Requirement", "CL-1")]
    public void Who_is_switched_off_blocked_or_silenced_says_nothing()
    {
        Assert.NotEqual(0, Sent());
        _core.SwitchEmitter(false, _now);
        Assert.Equal(0, Sent());
        _core.SwitchEmitter(true, _now);
        Assert.NotEqual(0, Sent());
        _core.Block(true);
        Assert.Equal(0, Sent());
        Hear(B);
        Assert.Equal(1, _core.Drops[SignalDrop.Blocked]);
        _core.Block(false);
        Assert.NotEqual(0, Sent());
        _core.Silence();
        Assert.Equal(0, Sent());
        _core.SwitchEmitter(true, _now);
        Assert.Equal(0, Sent());

        var guarded = new SignalCore(A, _codec, new SignalOptions());
        guarded.Block(true);
        Assert.False(guarded.IsBlocked); // Not configured.
    }

    [Fact]
    public void A_probe_is_answered_at_once_and_the_longest_lease_asked_for_is_told()
    {
        Pass(0);
        _outbox.Sent.Clear();
        Hear(B, SignalFlags.ProbeRequest, lease: TimeSpan.FromMilliseconds(900));
        Assert.True(Said(B).Has(SignalFlags.ProbeReply));
        Hear(C, lease: TimeSpan.FromMilliseconds(700));
        Assert.Equal(TimeSpan.FromMilliseconds(900), _core.LeaseHeardMax);
    }

    [Fact, Trait("Requirement", "CL-9")]
    public void A_peer_that_falls_silent_is_suspected_asked_and_found_lost_unless_the_detector_is_off()
    {
        Hear(B);
        _core.SwitchDetector(false, _now);
        for (var end = _now + _core.Timing.LossAfter * 2; _now < end;) Step();
        Assert.DoesNotContain(Took(), happened => happened is SignalEvent.Suspected);
        _core.SwitchDetector(true, _now);
        var on = _now;
        List<SignalEvent> events = [];
        while (!events.Exists(happened => happened is SignalEvent.LossSupported { Peer: var peer } && peer == B))
        {
            Step();
            events.AddRange(Took());
        }
        Assert.True(_now - on >= _core.Timing.LossAfter); // What was not watched counts for nothing.
        Assert.Contains(events, happened => happened is SignalEvent.Suspected { Peer: var peer } && peer == B);
        Pass(_core.Timing.Interval);
        Assert.True(Said(B).Has(SignalFlags.Deaf)); // It has heard nobody for so long.

        _core.Repeat(_now); // For a listener that came late.
        Assert.Contains(Took(), happened => happened is SignalEvent.LossSupported { Peer: var peer } && peer == B);
        Hear(B);
        Assert.Contains(Took(), happened => happened is SignalEvent.Restored { Peer: var peer } && peer == B);
        Assert.True(_core.Deadline <= _now + _core.Timing.Interval / 2); // A vote is taken back at once.
    }

    [Fact]
    public void An_older_view_changes_nothing_and_a_loss_is_said_at_once()
    {
        var lost = _view.Lose(C);
        Pass(0);
        _core.UpdateView(lost, EndPoints, _now);
        _outbox.Sent.Clear();
        Pass(_core.Timing.Interval / 2);
        Assert.Equal(lost.Version, Said(B).AppliedVersion);
        _core.UpdateView(_view, EndPoints, _now);
        Assert.Equal(lost.Version, _core.View.Version);
        Hear(C);
        Assert.Equal(1, _core.Drops[SignalDrop.LostSender]); // Neither heard nor echoed (SAFETY 1B-7).
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_gate_opens_when_a_quorum_has_reported_the_loss_and_the_silence_and_that_is_told()
    {
        Hear(B);
        Hear(C);
        var lost = _view.Lose(C);
        _core.UpdateView(lost, EndPoints, _now);
        _core.Await(C, lost.Version, _now);
        var heard = _now;
        while (_now < heard + _core.Timing.LossAfter * 2) Step();
        Took();
        Assert.False(_core.Gate.IsClear(C, lost.Version)); // b has said nothing.
        Hear(B, applied: lost.Version);
        Assert.False(_core.Gate.IsClear(C, lost.Version)); // It may have heard c a moment ago.
        Hear(B, applied: lost.Version, silent: C);

        Assert.True(_core.Gate.IsClear(C, lost.Version));
        Assert.Contains(Took(), happened => happened is SignalEvent.GateMoved);
    }

    [Fact]
    public void A_joining_node_that_hears_nobody_does_not_come_up()
    {
        var joining = _view.With(_view.Find(C)! with { Status = MemberStatus.Joining, ObserverSets = [] }) with { Version = 2 };
        _core.UpdateView(joining, EndPoints, _now);
        Took();
        Hear(C, SignalFlags.Deaf);
        Assert.DoesNotContain(Took(), happened => happened is SignalEvent.Reported { From: var from } && from == C);
        Hear(C);
        Assert.Contains(Took(), happened => happened is SignalEvent.Reported { From: var from } && from == C);
        Hear(B, SignalFlags.Deaf);
        Assert.Contains(Took(), happened => happened is SignalEvent.Reported { From: var from } && from == B);
    }

    private void Hear(
        NodeKey from, SignalFlags flags = SignalFlags.None, long echo = 0, TimeSpan? lease = null, long applied = 1, NodeKey? silent = null)
    {
        var said = new SignalDatagram
        {
            Flags = flags, Sender = from.Incarnation, Addressee = A.Incarnation, Sequence = ++_sequence, SentAt = _now.Ticks, AppliedVersion = applied,
            Lease = lease ?? _core.Timing.Lease, Epoch = 1, EchoSequence = echo, EchoEpoch = 1,
        };
        if (silent is { } lost) (said.Silent[0], said.SilentCount) = (lost.Incarnation, 1);
        var bytes = new byte[SignalCodec.BytesMax];
        _core.OnDatagram(bytes.AsSpan(0, _codec.Write(said, bytes)), _now);
    }

    private void Pass(int milliseconds) => Pass(TimeSpan.FromMilliseconds(milliseconds));

    private void Pass(TimeSpan time)
    {
        _now += time;
        _core.OnTime(_now);
    }

    /// <summary>To the next time it wants to be called.</summary>
    private void Step()
    {
        _now = _core.Deadline > _now ? _core.Deadline : _now;
        _core.OnTime(_now);
    }

    /// <summary>How much it says in an interval.</summary>
    private int Sent()
    {
        _outbox.Sent.Clear();
        Pass(_core.Timing.Interval);
        return _outbox.Sent.Count;
    }

    private SignalDatagram Said(NodeKey to)
    {
        var said = new SignalDatagram();
        Assert.Equal(SignalDrop.None, _codec.Read(_outbox.Sent.Last(sent => sent.To.Equals(EndPoints[to])).Bytes, said));
        return said;
    }

    private SignalEvent[] Took()
    {
        SignalEvent[] taken = [.. _core.Events];
        _core.Events.Clear();
        return taken;
    }

    private sealed class Outbox : IDatagramSender
    {
        public List<(byte[] Bytes, IPEndPoint To)> Sent { get; } = [];

        public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to) => Sent.Add((datagram.ToArray(), to));
    }
}
