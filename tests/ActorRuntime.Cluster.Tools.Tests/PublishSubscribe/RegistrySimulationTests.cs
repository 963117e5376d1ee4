using ActorRuntime.Cluster.Tools.PublishSubscribe;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Tools.Tests.PublishSubscribe;

/// <summary>
/// Goal: on links that keep the order, a node that has reached another's version believes at every step what that one had then; on any
/// links, nothing is believed of nodes held for lost, and after the last fault all believe the present.
/// Method: four nodes that register and take back few keys, small deltas, removals soon forgotten; a network that loses and doubles, and
/// overtakes or does not; mediators that start over; nodes lost and new ones in their place, seen at different times. 400 seeds each.
/// </summary>
public sealed class RegistrySimulationTests
{
    [Theory, Trait("Requirement", "AR-3")]
    [InlineData(true)]
    [InlineData(false)]
    public void All_believe_the_present_after_the_last_fault_and_never_what_was_not(bool isOrdered)
    {
        for (ulong seed = 1; seed <= 400; seed++)
        {
            var failure = new World(seed, isOrdered).Run();
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_history()
    {
        var (first, second) = (new World(7, false), new World(7, false));
        Assert.Null(first.Run());
        Assert.Null(second.Run());
        Assert.Equal(first.Deltas, second.Deltas);
    }

    private sealed class World
    {
        private const int Nodes = 4;
        private const int Steps = 600;
        private static readonly string[] Universe = ["a", "b", "c", "d", "e", "f", "g"];
        private static readonly RegistryLimits Limits = new(2, 100, TimeSpan.FromMilliseconds(400));

        private readonly Prng _random;
        private readonly PriorityQueue<Action, (long, long)> _agenda = new();
        private readonly bool _isOrdered;
        private readonly SortedDictionary<(NodeKey, NodeKey), long> _lastArrivals = [];
        private readonly Node[] _nodes = new Node[Nodes];
        private long _now;
        private long _order;
        private ulong _incarnations;
        private bool _isCalm;
        private string? _failure;

        public World(ulong seed, bool isOrdered)
        {
            (_random, _isOrdered) = (new Prng(seed), isOrdered);
            for (var i = 0; i < Nodes; i++) _nodes[i] = NewNode(i);
            foreach (var node in _nodes) Meet(node);
        }

        public List<string> Deltas { get; } = [];

        private MonotonicTime Now => new(_now * TimeSpan.TicksPerMillisecond);

        public string? Run()
        {
            for (var i = 0; i < Nodes; i++) Tick(i);
            for (var step = 0; step < Steps && _failure is null; step++)
            {
                Fault();
                RunUntil(_now + 20);
            }
            _isCalm = true;
            foreach (var node in _nodes) Meet(node);
            RunUntil(_now + 20_000);
            foreach (var at in _nodes)
                foreach (var of in _nodes)
                    if (!Believed(at, of.Key).SequenceEqual(of.Present))
                        _failure ??= $"in the end {at.Key} believes {string.Join(",", Believed(at, of.Key))} of {of.Key}, which has {string.Join(",", of.Present)}";
            return _failure;
        }

        private void Fault()
        {
            var node = _nodes[_random.Next() % Nodes];
            var key = Universe[_random.Next() % (ulong)Universe.Length];
            switch (_random.Next() % 40)
            {
                case < 18:
                    if (node.Present.Add(key)) Perform(node, effects => node.Registry.Add(key, Now, effects));
                    break;
                case < 36:
                    if (node.Present.Remove(key)) Perform(node, effects => node.Registry.Remove(key, Now, effects));
                    break;
                case 36:
                    StartOver(node);
                    break;
                case 37:
                    var index = Array.IndexOf(_nodes, node);
                    _nodes[index] = NewNode(index);
                    foreach (var other in _nodes) After((long)(_random.Next() % 500), () => Meet(other));
                    break;
            }
        }

        /// <summary>The mediator lost all it knew; its actors register again later, or not.</summary>
        private void StartOver(Node node)
        {
            node.Life++;
            node.Registry = new Registry(node.Key, node.Life, Limits);
            node.Present.Clear();
            node.Note();
            Meet(node);
        }

        private Node NewNode(int index)
        {
            var key = new NodeKey($"n{index}", ++_incarnations);
            return new Node(key, new Registry(key, 1, Limits));
        }

        /// <summary>The view reaches a node: that of now, views do not go back.</summary>
        private void Meet(Node node)
        {
            var members = _nodes.Select(member => member.Key).ToArray();
            if (!members.Contains(node.Key)) return; // It has ended itself.
            Perform(node, effects => node.Registry.OnMembers(members, effects));
            foreach (var stranger in node.Registry.Keys.SelectMany(node.Registry.HoldersOf).Where(holder => !members.Contains(holder)))
                _failure ??= $"{node.Key} believes in {stranger}, which is gone";
        }

        private void Tick(int index)
        {
            Perform(_nodes[index], effects => _nodes[index].Registry.OnTick(Now, effects));
            After(100, () => Tick(index));
        }

        private void Perform(Node node, Action<List<RegistryEffect>> step)
        {
            var effects = new List<RegistryEffect>();
            step(effects);
            node.Note();
            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case RegistryEffect.Tell(var to, var delta):
                        var isWhole = delta.To == node.Version;
                        Deltas.Add($"{_now} {node.Key} {to} {delta.From} {delta.To} {delta.Anew} {delta.Entries.Length}");
                        if (delta.Entries.Length > Limits.DeltaElementsMax) _failure ??= $"{delta.Entries.Length} entries in one delta";
                        var had = isWhole ? node.Present.ToArray() : null;
                        Transmit(node.Key, to, receiver => OnDelta(receiver, node.Key, delta, had));
                        break;
                    case RegistryEffect.Acknowledge(var to, var ack):
                        Transmit(node.Key, to, receiver => Perform(receiver, more => receiver.Registry.OnAck(node.Key, ack, more)));
                        break;
                }
            }
        }

        private void OnDelta(Node receiver, NodeKey from, RegistryDelta delta, string[]? had)
        {
            RegistryAck? answer = null;
            Perform(receiver, effects =>
            {
                receiver.Registry.OnDelta(from, delta, effects);
                answer = effects.OfType<RegistryEffect.Acknowledge>().FirstOrDefault()?.Ack;
            });
            if (!_isOrdered || had is null || answer is null || answer.Version != delta.To || answer.Life != delta.Life || answer.Anew != delta.Anew) return;
            if (!Believed(receiver, from).SequenceEqual(had))
                _failure ??= $"{receiver.Key} believes {string.Join(",", Believed(receiver, from))} of {from} at {delta.To}, which had {string.Join(",", had)}";
        }

        private void Transmit(NodeKey from, NodeKey to, Action<Node> arrive)
        {
            var copies = _isCalm ? 1 : _random.Chance(15) ? 0 : _random.Chance(10) ? 2 : 1;
            for (; copies > 0; copies--)
            {
                var arrival = _now + (long)(_random.Next() % (_isCalm ? 5UL : 150UL));
                if (_isOrdered) arrival = Math.Max(arrival, _lastArrivals.GetValueOrDefault((from, to)));
                _lastArrivals[(from, to)] = arrival;
                After(arrival - _now, () =>
                {
                    if (_nodes.FirstOrDefault(node => node.Key == to) is { } receiver) arrive(receiver);
                });
            }
        }

        private static string[] Believed(Node at, NodeKey of) => [.. Universe.Where(key => at.Registry.HoldersOf(key).Contains(of))];

        private void After(long delay, Action action) => _agenda.Enqueue(action, (_now + delay, ++_order));

        private void RunUntil(long time)
        {
            while (_agenda.TryPeek(out var action, out var at) && at.Item1 <= time)
            {
                _agenda.Dequeue();
                _now = at.Item1;
                action();
            }
            _now = time;
        }

        private sealed class Node(NodeKey key, Registry registry)
        {
            public NodeKey Key => key;

            public Registry Registry { get; set; } = registry;

            public long Life { get; set; } = 1;

            public long Version { get; set; }

            public SortedSet<string> Present { get; } = new(StringComparer.Ordinal);

            public void Note() => Version = Registry.Version;
        }
    }
}
