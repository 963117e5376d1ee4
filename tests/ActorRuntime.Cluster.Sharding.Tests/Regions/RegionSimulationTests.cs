using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Regions;

/// <summary>
/// Goal: while shards move between living nodes, every message reaches the shard once, and those of one sender in their order as long as a
/// shard rests between two moves.
/// Method: three regions, two shards, first-in-first-out links with random delays, views that arrive at different times, shard actors that
/// take their time to stop and return what they did not handle. 150 seeds each; without barriers the order must break.
/// </summary>
public sealed class RegionSimulationTests
{
    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_arrive_once_and_in_order_while_shards_move()
    {
        for (ulong seed = 1; seed <= 150; seed++)
        {
            var failure = new World(seed, TimeSpan.FromMinutes(1), restMs: 600, isOrderChecked: true).Run();
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_arrive_once_however_fast_shards_move()
    {
        for (ulong seed = 1; seed <= 150; seed++)
        {
            var failure = new World(seed, TimeSpan.FromMinutes(1), restMs: 0, isOrderChecked: false).Run();
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    [Fact]
    public void Without_barriers_the_order_breaks()
    {
        var broken = Enumerable.Range(1, 30).Count(seed => new World((ulong)seed, TimeSpan.Zero, restMs: 600, isOrderChecked: true).Run() is not null);
        Assert.True(broken > 0, "30 seeds and nothing noticed");
    }

    private sealed record Message(int Node, string Shard, int Number);

    private sealed class World
    {
        private const int Nodes = 3;
        private static readonly string[] Shards = ["0", "1"];

        private readonly Prng _random;
        private readonly int _restMs;
        private readonly bool _isOrderChecked;
        private readonly PriorityQueue<Action, (long, long)> _agenda = new();
        private readonly Region[] _regions;
        private readonly SortedDictionary<(int, int), long> _linkBusyUntil = [];
        private readonly SortedDictionary<(int, string), int> _handled = [];
        private readonly SortedDictionary<(int, string), int> _sent = [];
        private readonly HashSet<Message> _seen = [];
        private ClusterView _view = Views.WithNodes(Nodes);
        private long _order;
        private string? _failure;

        public World(ulong seed, TimeSpan drainFor, int restMs, bool isOrderChecked)
        {
            (_random, _restMs, _isOrderChecked) = (new Prng(seed), restMs, isOrderChecked);
            _regions = [.. Enumerable.Range(0, Nodes).Select(node => new Region(this, node, drainFor))];
        }

        public MonotonicTime Now { get; private set; }

        public string? Run()
        {
            Move(10);
            for (var node = 0; node < Nodes; node++) Send(node, _restMs > 0 ? 150 : 60);
            while (_failure is null && _agenda.TryDequeue(out var action, out var at))
            {
                Now = new(at.Item1);
                action();
            }
            if (_failure is null && _sent.Any(pair => _handled.GetValueOrDefault(pair.Key) != pair.Value))
                _failure = "messages are missing: " + string.Join(", ", _sent.Select(p => $"{p.Key}: {_handled.GetValueOrDefault(p.Key)} of {p.Value}"));
            return _failure;
        }

        public void After(int ms, Action action) => _agenda.Enqueue(action, (Now.Ticks + ms * TimeSpan.TicksPerMillisecond, _order++));

        public int Below(int limit) => (int)(_random.Next() % (ulong)limit);

        public void Deliver(int from, int to, Action arrive)
        {
            var at = Math.Max(_linkBusyUntil.GetValueOrDefault((from, to)), Now.Ticks + Below(80) * TimeSpan.TicksPerMillisecond);
            _linkBusyUntil[(from, to)] = at;
            _agenda.Enqueue(arrive, (at, _order++));
        }

        public void To(NodeKey node, int from, Action<Region> arrive)
        {
            var target = Array.FindIndex(_regions, region => region.Key == node);
            Deliver(from, target, () => arrive(_regions[target]));
        }

        public void Handle(Message message)
        {
            var key = (message.Node, message.Shard);
            var before = _handled.GetValueOrDefault(key);
            if (_isOrderChecked && before + 1 != message.Number) _failure ??= $"{message} after {before}";
            if (!_seen.Add(message)) _failure ??= $"{message} twice";
            _handled[key] = before + 1;
        }

        private void Move(int left)
        {
            if (left == 0) return;
            var shard = Shards[Below(2)];
            var leader = Below(Nodes);
            _view = left == 10 ? _view.Placed(("0", Below(Nodes)), ("1", Below(Nodes))) : _view.Placed((shard, leader));
            var view = _view;
            foreach (var region in _regions) After(Below(120), () => region.Know(view));
            After(_restMs + 20 + Below(200), () => Move(left - 1));
        }

        private void Send(int node, int left)
        {
            if (left == 0) return;
            var shard = Shards[Below(2)];
            var number = _sent[(node, shard)] = _sent.GetValueOrDefault((node, shard)) + 1;
            _regions[node].Enter(new Message(node, shard, number));
            After(Below(40), () => Send(node, left - 1));
        }
    }

    private sealed class Region(World world, int number, TimeSpan drainFor)
    {
        private readonly RegionCore<Message> _core =
            new(Views.Node(number), Views.Type, isHost: true, new RegionLimits(10_000, 64, drainFor));

        private readonly List<RegionEffect<Message>> _effects = [];
        private readonly SortedDictionary<string, Queue<Message>> _actors = new(StringComparer.Ordinal);

        public NodeKey Key => Views.Node(number);

        public void Know(ClusterView view) => Do(effects => _core.OnView(view, world.Now, effects));

        public void Enter(Message message) => Do(effects => _core.OnMessage(message.Shard, message, effects));

        private void Do(Action<List<RegionEffect<Message>>> step)
        {
            step(_effects);
            foreach (var effect in _effects.ToArray()) Perform(effect);
            _effects.Clear();
            if (_core.Deadline is { } deadline && deadline - world.Now < TimeSpan.FromSeconds(30))
                world.After((int)(deadline - world.Now).TotalMilliseconds, () => Do(effects => _core.OnTime(world.Now, effects)));
        }

        private void Perform(RegionEffect<Message> effect)
        {
            switch (effect)
            {
                case RegionEffect<Message>.Start start:
                    _actors.Add(start.Shard, []);
                    break;
                case RegionEffect<Message>.ToShard(var shard, var message):
                    var queue = _actors[shard];
                    queue.Enqueue(message);
                    world.After(world.Below(30), () => { if (queue.TryDequeue(out var next)) world.Handle(next); });
                    break;
                case RegionEffect<Message>.Stop(var shard):
                    world.After(world.Below(60), () => Stopped(shard));
                    break;
                case RegionEffect<Message>.ToNode to:
                    world.To(to.Node, number, region => region.Do(
                        effects => region._core.OnForwarded(to.Shard, to.Load, to.Version, to.Hops, effects)));
                    break;
                case RegionEffect<Message>.Through(var barrier, var shard):
                    world.To(barrier.From, number, region => region.Do(effects => region._core.OnThrough(shard, barrier.Id, effects)));
                    break;
                case RegionEffect<Message>.Drop drop:
                    throw new InvariantException(drop.Why);
            }
        }

        private void Stopped(string shard)
        {
            Assert.True(_actors.Remove(shard, out var queue));
            var left = queue.ToArray();
            queue.Clear();
            Do(effects => _core.OnStopped(shard, left, world.Now, effects));
        }
    }
}
