using System.Diagnostics;
using System.Net;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;
using Xunit.Abstractions;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>The machine between two ends of a perfect wire, one step at a time.</summary>
public sealed class SignalCoreTests(ITestOutputHelper output)
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c");

    [Fact]
    [Trait("Requirement", "CL-2")]
    public void The_steady_path_allocates_nothing()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2), (C, 3)));
        pair.Run(20_000);
        var (sent, began, bytes) = (pair.Sent, Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        pair.Run(200_000);
        var (allocated, signals) = (GC.GetAllocatedBytesForCurrentThread() - bytes, pair.Sent - sent);
        output.WriteLine($"{signals} signals, {Stopwatch.GetElapsedTime(began).TotalMicroseconds / signals:0.00} µs each for sending and receiving, {allocated} bytes allocated");
        Assert.True(signals >= 4000);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_signal_heard_again_is_dropped_and_counted()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2)));
        pair.Run(500);
        var again = pair.LastToB;
        pair.Second.OnDatagram(again, pair.Now);
        Assert.Equal(1, pair.Second.Drops[SignalDrop.Replayed]);
        Assert.Equal(1, pair.Second.Links[0].Duplicates);
    }

    [Fact]
    public void Signals_for_another_incarnation_and_from_strangers_are_dropped()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2)));
        pair.Run(500);
        pair.First.OnDatagram(pair.LastToB, pair.Now);
        Assert.Equal(1, pair.First.Drops[SignalDrop.Misaddressed]);

        var stranger = new SignalCore(C, Pair.Codec(), new SignalOptions());
        stranger.OnStart(new Wire(bytes => pair.Second.OnDatagram(bytes, pair.Now)), pair.Now);
        stranger.UpdateView(SignalViews.Of(1, (B, 2), (C, 3)), Pair.EndPoints, pair.Now);
        stranger.OnTime(pair.Now);
        Assert.True(pair.Second.Drops[SignalDrop.UnknownSender] > 0);
    }

    [Fact]
    [Trait("Requirement", "CL-12")]
    public void A_peer_without_an_address_does_not_hold_up_the_others()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2), (C, 3)));
        pair.Run(2000); // c never answers and has no address.
        Assert.True(pair.First.LeaseEnd > pair.Now && pair.Second.LeaseEnd > pair.Now);
        Assert.Contains(pair.FirstEvents, e => e is SignalEvent.LossSupported { Peer: var peer } && peer == C);
        Assert.Contains(pair.FirstEvents, e => e is SignalEvent.Reported { From: var from } report && from == B && report.Supports.Contains(C));
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void A_node_whose_actors_give_no_sign_of_life_falls_silent_mutes_itself_and_is_found_lost()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2)));
        for (var second = 0; second < 30; second++)
        {
            pair.First.Alive(pair.Now);
            pair.Run(1000);
        }
        Assert.True(pair.First.LeaseEnd > pair.Now);

        pair.Run(11_500); // stall-after is 10 s
        pair.First.WitnessRenewed(pair.Now, pair.Now);
        Assert.True(pair.First.LeaseEnd <= pair.Now);
        Assert.Contains(pair.SecondEvents, e => e is SignalEvent.LossSupported { Peer: var peer } && peer == A);

        pair.First.Alive(pair.Now);
        pair.Run(1000);
        Assert.True(pair.First.LeaseEnd > pair.Now);
    }

    [Fact]
    [Trait("Requirement", "CL-9")]
    public void A_vote_travels_at_once_and_not_with_the_next_interval()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2), (C, 3)));
        pair.Run(3000);
        var supported = pair.FirstEvents.FindIndex(e => e is SignalEvent.LossSupported);
        var told = pair.SecondTimes[pair.SecondEvents.FindIndex(e => e is SignalEvent.Reported { Supports.Length: > 0 })];
        Assert.True(told - pair.FirstTimes[supported] <= TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void A_report_that_came_before_the_view_opens_the_gate_with_the_view()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3));
        var pair = new Pair(view);
        pair.Run(1000);
        var lost = view.Lose(C);
        pair.First.UpdateView(lost, Pair.EndPoints, pair.Now);
        pair.Run(500);
        Assert.False(pair.First.Gate.IsClear(C, 2)); // Second has not applied the loss.
        pair.Second.UpdateView(lost, Pair.EndPoints, pair.Now);
        Assert.True(pair.Second.Gate.IsClear(C, 2)); // First said long ago that it has.
        pair.Run(20);
        Assert.True(pair.First.Gate.IsClear(C, 2));
    }

    [Fact]
    public void A_node_that_cannot_reach_the_store_says_so()
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2)));
        pair.Run(300);
        pair.First.SetStoreReachable(false, pair.Now);
        pair.Run(50);
        Assert.Contains(pair.SecondEvents, e => e is SignalEvent.Reported { SteppedDown: true });
    }

    [Fact]
    public void Timing_of_the_view_takes_the_place_of_the_nodes_own()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2)) with
        {
            Timing = new SignalTimingSetting(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(300)),
        };
        var pair = new Pair(view);
        pair.Run(1000);
        Assert.InRange(pair.First.Sent, 45, 80);
        Assert.Equal(TimeSpan.FromMilliseconds(60), pair.First.Timing.SuspectAfter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "CL-9")]
    public void A_node_that_was_not_scheduled_knows_nothing_about_that_time_and_supports_no_loss(bool timerFirst)
    {
        var pair = new Pair(SignalViews.Of(1, (A, 1), (B, 2)));
        pair.Run(1000);
        pair.IsFirstDeaf = true;
        while (!pair.FirstEvents.Exists(e => e is SignalEvent.Suspected)) pair.Run(1);
        pair.Run(20);
        Assert.DoesNotContain(pair.FirstEvents, e => e is SignalEvent.LossSupported);
        Assert.Equal(0, pair.First.Restarts);

        // Its socket holds what the peer said before the pause, its timer is long overdue: whichever comes first.
        pair.First.Events.Clear();
        var pause = TimeSpan.FromMilliseconds(700);
        Assert.True(pause > pair.First.Timing.LossAfter);
        pair.Pause(pause);
        if (!timerFirst) pair.First.OnDatagram(pair.LastToFirst, pair.Now);
        Assert.True(pair.First.Deadline < pair.Now);
        pair.First.OnTime(pair.Now);
        Assert.DoesNotContain(pair.First.Events, e => e is SignalEvent.LossSupported);
        Assert.Contains(pair.First.Events, e => e is SignalEvent.Restored);
        Assert.Equal(1, pair.First.Restarts);

        pair.IsFirstDeaf = false;
        pair.Run(1000);
        Assert.DoesNotContain(pair.FirstEvents, e => e is SignalEvent.LossSupported);
        Assert.Equal(1, pair.First.Restarts);
    }

    /// <summary>Two nodes of a view; whoever else is in it stays dumb.</summary>
    private sealed class Pair
    {
        private readonly byte[] _toFirst = new byte[SignalCodec.BytesMax], _toSecond = new byte[SignalCodec.BytesMax];
        private int _toFirstLength, _toSecondLength;

        public Pair(ClusterView view)
        {
            First.OnStart(new Wire(bytes => { bytes.CopyTo(_toSecond); _toSecondLength = bytes.Length; }), Now);
            Second.OnStart(new Wire(bytes => { bytes.CopyTo(_toFirst); _toFirstLength = bytes.Length; }), Now);
            First.UpdateView(view, EndPoints, Now);
            Second.UpdateView(view, EndPoints, Now);
        }

        public static Dictionary<NodeKey, IPEndPoint> EndPoints { get; } = new()
        {
            [A] = new IPEndPoint(IPAddress.Loopback, 1), [B] = new IPEndPoint(IPAddress.Loopback, 2),
        };

        public MonotonicTime Now { get; private set; } = new(1_000_000_000);

        public SignalCore First { get; } = new(A, Codec(), new SignalOptions());

        public SignalCore Second { get; } = new(B, Codec(), new SignalOptions());

        public List<SignalEvent> FirstEvents { get; } = [];

        public List<MonotonicTime> FirstTimes { get; } = [];

        public List<SignalEvent> SecondEvents { get; } = [];

        public List<MonotonicTime> SecondTimes { get; } = [];

        public long Sent => First.Sent + Second.Sent;

        public byte[] LastToB { get; private set; } = [];

        /// <summary>The newest signal that the first node did not hear.</summary>
        public byte[] LastToFirst { get; private set; } = [];

        /// <summary>What is sent to the first node does not reach it.</summary>
        public bool IsFirstDeaf { get; set; }

        public static SignalCodec Codec() => new(1, new byte[32]);

        /// <summary>Neither is scheduled for a while.</summary>
        public void Pause(TimeSpan time) => Now += time;

        public void Run(int ms)
        {
            for (var i = 0; i < ms; i++)
            {
                Now += TimeSpan.FromMilliseconds(1);
                if (Now >= First.Deadline) First.OnTime(Now);
                if (Now >= Second.Deadline) Second.OnTime(Now);
                // The last one of a step arrives; that others are overwritten is the loss every network has.
                if (_toSecondLength > 0) Second.OnDatagram(_toSecond.AsSpan(0, _toSecondLength), Now);
                if (_toFirstLength > 0 && IsFirstDeaf) LastToFirst = _toFirst[.._toFirstLength];
                else if (_toFirstLength > 0) First.OnDatagram(_toFirst.AsSpan(0, _toFirstLength), Now);
                if (_toSecondLength > 0 && LastToB.Length == 0) LastToB = _toSecond[.._toSecondLength];
                (_toFirstLength, _toSecondLength) = (0, 0);
                Take(First, FirstEvents, FirstTimes);
                Take(Second, SecondEvents, SecondTimes);
            }
        }

        private void Take(SignalCore core, List<SignalEvent> events, List<MonotonicTime> times)
        {
            foreach (var happened in core.Events)
            {
                events.Add(happened);
                times.Add(Now);
            }
            core.Events.Clear();
        }
    }

    private sealed class Wire(Wire.Carry carry) : IDatagramSender
    {
        public delegate void Carry(ReadOnlySpan<byte> bytes);

        public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to)
        {
            if (to.Port is 1 or 2) carry(datagram);
        }
    }
}
