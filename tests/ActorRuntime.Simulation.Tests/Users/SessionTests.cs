using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;
using Sim = ActorRuntime.Simulation.Simulation;

namespace ActorRuntime.Simulation.Tests.Users;

/// <summary>
/// Goal: what a client had in progress with a unit survives failures of the unit, kills, power cuts and promotions, and no request is executed twice.
/// Method: clients that repeat each request until it is answered, to units that fail at random and are resumed, on replicated logs, under random faults; in the
/// middle all machines lose their power at once.
/// </summary>
[Trait("Requirement", "SR-3")]
public sealed class SessionTests
{
    private const int Clients = 4, Units = 2;

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void Every_request_is_executed_once_and_every_conversation_goes_on(ulong seed) => Sim.Run(seed, cluster =>
    {
        var failures = cluster.Random("failures");
        cluster.AddNodes(3, node => ClusterSharding.Get(node.System).Start(
            "tab", id => Props.CreateBy(() => new Tab(id, () => failures.Chance(15))),
            ClusterShardingSettings.Create(node.System), HashCodeMessageExtractor.Create(4, _ => null)));
        var clients = Enumerable.Range(0, Clients).Select(index => new Client(cluster, index)).ToArray();
        cluster.InjectFaults(TimeSpan.FromSeconds(20));
        cluster.After(TimeSpan.FromSeconds(12), () =>
        {
            foreach (var node in cluster.Nodes) node.CutPower();
            cluster.After(TimeSpan.FromSeconds(1), () =>
            {
                foreach (var node in cluster.Nodes) node.Start();
            });
        });
        foreach (var client in clients) client.Go();
        cluster.RunFor(TimeSpan.FromSeconds(30));
        var before = clients.Sum(client => client.Done);

        Assert.True(cluster.RunUntil(() => clients.Sum(client => client.Done) > before + 50, TimeSpan.FromMinutes(3)), cluster.Describe());
        foreach (var client in clients) client.IsDone = true;
        Assert.True(cluster.RunUntil(() => clients.All(client => client.HasEnded), TimeSpan.FromMinutes(2)), cluster.Describe());
        for (var unit = 0; unit < Units; unit++)
        {
            var done = clients.Where(client => client.Unit == unit).ToArray();
            Assert.Equal((seed, done.Sum(client => client.Done)), (seed, done.Max(client => client.SumSeen)));
        }
    }, new SimulationSettings { Sharding = new ShardingOptions { Durability = ShardDurability.Replicated, UnitFailure = Directive.Resume } });

    /// <summary>One request after the other, each again and again until it is answered.</summary>
    private sealed class Client(SimulatedCluster cluster, int index)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMilliseconds(100);

        public int Unit { get; } = index % Units;

        public long Done { get; private set; }

        public long SumSeen { get; private set; }

        public bool IsDone { get; set; }

        public bool HasEnded { get; private set; }

        public void Go()
        {
            if (IsDone)
            {
                HasEnded = true;
                return;
            }
            Send(new ShardingEnvelope("t" + Unit, new SessionRequest("client-" + index, Done + 1, new Order())));
        }

        private void Send(ShardingEnvelope envelope)
        {
            var isAnswered = false;
            var node = cluster.Nodes[(int)(cluster.Now.Ticks / Pause.Ticks % cluster.Nodes.Count)];
            if (node.IsUp) node.Run(n => ClusterSharding.Get(n.System).ShardRegion("tab").Ask<SessionReply>(envelope, Patience).ContinueWith(
                done => isAnswered = isAnswered || (done.IsCompletedSuccessfully && Take(done.Result)), TaskContinuationOptions.ExecuteSynchronously));
            cluster.After(Patience + Pause, () =>
            {
                if (!isAnswered) Send(envelope);
            });
        }

        private bool Take(SessionReply reply)
        {
            var ordered = (Ordered)reply.Reply;
            if (reply.Number != Done + 1) return false;
            if (ordered.Own != reply.Number) cluster.Fail("conversations go on", $"client {index}: request {reply.Number} was executed as its {ordered.Own}th");
            (Done, SumSeen) = (Done + 1, ordered.Sum);
            cluster.After(Pause, Go);
            return true;
        }
    }

    private sealed class Tab : StatePersistentActor<Total>
    {
        public Tab(string id, Func<bool> fails)
        {
            PersistenceId = $"tab/{id}";
            Command<Order>(_ =>
            {
                var own = ((Session!.Context as Total)?.Sum ?? 0) + 1;
                if (fails()) throw new InvalidDataException("before");
                AnswerAndKeep(new Ordered(State.Sum + 1, own), new Total(own), new Added(1));
                if (fails()) throw new InvalidDataException("after");
                if (LastSequenceNr % 20 == 0) SaveSnapshot();
            });
            Command<SaveSnapshotSuccess>(_ => { });
            Command<SaveSnapshotFailure>(_ => { });
        }

        public override string PersistenceId { get; }

        protected override Total InitialState => new(0);

        protected override Total Apply(Total state, object @event) => new(state.Sum + ((Added)@event).Amount);
    }

    [WireType("session-test-order")]
    internal sealed record Order;

    [WireType("session-test-ordered")]
    internal sealed record Ordered(long Sum, long Own);

    [WireType("session-test-total")]
    internal sealed record Total(long Sum);

    [WireType("session-test-added")]
    internal sealed record Added(long Amount);
}
