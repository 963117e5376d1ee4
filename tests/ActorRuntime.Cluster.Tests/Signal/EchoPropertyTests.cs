using System.Collections.Immutable;
using System.Net;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: whoever supports a loss echoes no more, so that no lease rests on it (SAFETY 1B-7). Method: two <see cref="SignalCore"/>, the
/// lease of one rests on the echoes of the other alone; links that are cut, that hold signals back and let them go in any order; clocks that
/// deviate; pauses. Failures print the shortest sequence and a seed.</summary>
public sealed class EchoPropertyTests
{
    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Choose(1, 40).Select(Step (tens) => new Step.Pass(tens * 10))),
        (2, Gen.Choose(1, 80).Select(Step (tens) => new Step.Pass(tens * 10))),
        (3, Gen.Elements(true, false).SelectMany(toObserver => Gen.Elements(Enum.GetValues<Way>()).Select(Step (way) => new Step.Turn(toObserver, way)))),
        (1, Gen.Elements(true, false).SelectMany(observer => Gen.Choose(1, 80).Select(Step (tens) => new Step.Pause(observer, tens * 10)))),
        (1, Gen.Constant<Step>(new Step.Lose())));

    private static readonly Arbitrary<ImmutableArray<Step>> Sequences = Arb.From(
        Steps.ArrayOf().Resize(25).Select(steps => steps.ToImmutableArray()),
        steps => Enumerable.Range(0, steps.Length).Select(i => steps.RemoveAt(i)));

    [Fact]
    [Trait("Requirement", "CL-6")]
    [Trait("Requirement", "CL-9")]
    public void While_a_loss_is_supported_and_once_it_is_applied_no_lease_rests_on_the_observer() =>
        Prop.ForAll(Sequences, Gen.Choose(0, int.MaxValue).ToArbitrary(), (steps, seed) =>
        {
            var pair = new Pair(seed);
            foreach (var step in steps) pair.Do(step);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2_000));

    /// <summary>What becomes of the signals that go one way.</summary>
    private enum Way
    {
        Open,
        Cut,

        /// <summary>Kept, and delivered in order when the way is opened.</summary>
        Held,

        /// <summary>Kept, and delivered newest first when the way is opened.</summary>
        Stacked,
    }

    private abstract record Step
    {
        private Step() { }

        public sealed record Pass(int Ms) : Step
        {
            public override string ToString() => $"{Ms} ms pass";
        }

        public sealed record Turn(bool ToObserver, Way Way) : Step
        {
            public override string ToString() => $"way to {(ToObserver ? "observer" : "observed")} {Way.ToString().ToLowerInvariant()}";
        }

        /// <summary>One of the two stands still; what it is sent waits.</summary>
        public sealed record Pause(bool Observer, int Ms) : Step
        {
            public override string ToString() => $"{(Observer ? "observer" : "observed")} pauses {Ms} ms";
        }

        /// <summary>The observer reads that the other was declared lost.</summary>
        public sealed record Lose : Step
        {
            public override string ToString() => "observer applies the loss";
        }
    }

    private sealed class Pair
    {
        private const int TickMs = 2;
        private const int DriftPpmMax = 1_000;
        private static readonly byte[] Secret = new byte[32];
        private static readonly NodeKey Absent = SignalViews.Key("z");

        private readonly Side _observed, _observer;
        private readonly Prng _random;
        private ClusterView _view;
        private bool _isLost;

        public Pair(int seed)
        {
            _random = new Prng((ulong)seed);
            (_observed, _observer) = (NewSide("a", 1), NewSide("b", 2));
            (_observed.Peer, _observer.Peer) = (_observer, _observed);
            // Of three nodes one never says a word: the lease of the observed needs the echo of the observer.
            _view = SignalViews.Of(1, (_observed.Key, 1), (_observer.Key, 2), (Absent, 3));
            foreach (var side in (Side[])[_observed, _observer]) side.Start(_view);
            Do(new Step.Pass(200));
            Assert.True(_observed.Core.LeaseEnd > _observed.Clock, "no lease to begin with");
        }

        public void Do(Step step)
        {
            switch (step)
            {
                case Step.Pass(var ms):
                    for (var passed = 0; passed < ms; passed += TickMs) Tick();
                    break;
                case Step.Turn(var toObserver, var way):
                    (toObserver ? _observer : _observed).Turn(way);
                    break;
                case Step.Pause(var observer, var ms):
                    var side = observer ? _observer : _observed;
                    side.IsPaused = true;
                    for (var passed = 0; passed < ms; passed += TickMs) Tick();
                    side.IsPaused = false;
                    break;
                case Step.Lose when !_isLost:
                    _isLost = true;
                    _view = _view.Lose(_observed.Key);
                    _observer.Apply(_view);
                    _observer.SentToPeer = 0;
                    break;
            }
            Check();
        }

        private void Tick()
        {
            foreach (var side in (Side[])[_observed, _observer]) side.Pass(TickMs);
            foreach (var side in (Side[])[_observed, _observer]) side.Run();
            Check();
        }

        private void Check()
        {
            var left = _observed.Core.LeaseEnd - _observed.Clock;
            var link = _observer.Core.Links.SingleOrDefault(link => link.Peer == _observed.Key);
            if (link?.Detector is { SupportsLoss: true }) Assert.True(left <= TimeSpan.Zero, $"supported, and its lease runs for another {left}");
            if (!_isLost) return;
            Assert.Equal(0, _observer.SentToPeer);
            Span<ulong> silent = stackalloc ulong[SignalDatagram.SilentMax];
            if (silent[.._observer.Core.Lost.CopyTo(silent)].Contains(_observed.Key.Incarnation))
                Assert.True(left <= TimeSpan.Zero, $"reported silent, and its lease runs for another {left}");
        }

        private Side NewSide(string name, int port)
        {
            var key = SignalViews.Key(name);
            var ppm = (int)(_random.Next() % (2 * DriftPpmMax + 1)) - DriftPpmMax;
            return new Side(key, port, new SignalCore(key, new SignalCodec(7, Secret), new SignalOptions { StallAfter = TimeSpan.Zero }), ppm, _random);
        }
    }

    private sealed class Side(NodeKey key, int port, SignalCore core, int driftPpm, Prng random) : IDatagramSender
    {
        private readonly List<byte[]> _arriving = [];
        private Way _way;
        private long _ticks = (long)(random.Next() % 1_000_000_000);

        public NodeKey Key => key;

        public SignalCore Core => core;

        public Side Peer { get; set; } = null!;

        public bool IsPaused { get; set; }

        public int SentToPeer { get; set; }

        public MonotonicTime Clock => new(_ticks);

        public void Start(ClusterView view)
        {
            core.OnStart(this, Clock);
            Apply(view);
        }

        public void Apply(ClusterView view) =>
            core.UpdateView(view, view.Members.Values.ToDictionary(m => m.Key, m => new IPEndPoint(IPAddress.Loopback, m.Facts.SignalPort)), Clock);

        public void Pass(int ms) => _ticks += ms * (TimeSpan.TicksPerMillisecond + TimeSpan.TicksPerMillisecond / 1_000 * driftPpm / 1_000);

        public void Turn(Way way)
        {
            if (_way == Way.Stacked && way == Way.Open) _arriving.Reverse();
            if (way == Way.Cut) _arriving.Clear();
            _way = way;
        }

        public void Run()
        {
            if (IsPaused) return;
            if (_way == Way.Open)
            {
                foreach (var datagram in _arriving.ToArray()) core.OnDatagram(datagram, Clock);
                _arriving.Clear();
            }
            if (Clock >= core.Deadline) core.OnTime(Clock);
            core.Events.Clear();
        }

        public void Send(ReadOnlySpan<byte> datagram, IPEndPoint to)
        {
            if (to.Port != Peer.Port) return;
            SentToPeer++;
            if (Peer._way != Way.Cut) Peer._arriving.Add(datagram.ToArray());
        }

        private int Port => port;
    }
}
