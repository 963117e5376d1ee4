using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.Checks;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.Scenarios;
using ActorRuntime.Simulation.Workloads;
using Sim = ActorRuntime.Simulation.Simulation;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>What simulated runs have found, by name: each schedule in its shortest form.</summary>
public sealed class FoundBySimulationTests
{
    private static readonly SimulationSettings Settings = SimulationSettings.Default with
    {
        Cluster = new() { Orchestrator = new() { FailbackAfter = TimeSpan.FromSeconds(1), RebalanceAfter = TimeSpan.FromSeconds(1) } },
    };

    /// <summary>A node is lost without proof; later one of its observers leaves in order and comes back as a new incarnation, which can never learn that the
    /// lost one is silent: it must not be asked to wait for that.</summary>
    [Fact, Trait("Requirement", "CL-7")]
    public void A_node_that_joins_after_the_observers_of_a_loss_have_gone_takes_over()
    {
        Fault[] script =
        [
            Of(FaultKind.Freeze, 1, 1, 1.3), Of(FaultKind.DiskLoss, 2, 2.6, 0.4), Of(FaultKind.Leave, 0, 13.1, 0.6), Of(FaultKind.DiskLoss, 2, 14.1, 2.8),
        ];

        Assert.All(Violations(script), Assert.Null);
    }

    /// <summary>A node is lost without proof, and one of its two observers leaves in order, before the loss is decided or before the gate has opened: what it said last
    /// counts, as it had fallen silent before.</summary>
    [Theory, Trait("Requirement", "CL-9"), InlineData(0.1), InlineData(0.7)]
    public void An_observer_that_leaves_in_the_middle_of_a_loss_does_not_stop_it(double afterwards) =>
        Assert.All(Violations([Of(FaultKind.DiskLoss, 2, 5.5, 0.3), Of(FaultKind.Leave, 1, 5.5 + afterwards, 4.6)]), Assert.Null);

    /// <summary>A busy node whose disk is full leaves, and is taken off the list before it has fallen silent: what it was relieved of had stopped there before.</summary>
    [Fact, Trait("Requirement", "CL-9")]
    public void A_busy_node_is_taken_off_the_list_before_it_has_fallen_silent()
    {
        Fault[] script = [Of(FaultKind.Busy, 0, 3, 4), Of(FaultKind.DiskFull, 0, 4, 1)];

        for (var seed = 30UL; seed < 38; seed++)
            Assert.Null(ScenarioRun.Run(AllScenarios.Find("slow-disk")!, seed, script: [.. script], durability: ShardDurability.Replicated).Violation);
    }

    private static Fault Of(FaultKind kind, int node, double at, double lasts) => new(TimeSpan.FromSeconds(at), TimeSpan.FromSeconds(lasts), kind, node, 0, 0);

    private static IEnumerable<Violation?> Violations(Fault[] script) =>
        Enumerable.Range(30, 10).Select(seed => ScenarioRun.Run(AllScenarios.Find("power")!, (ulong)seed, script: [.. script]).Violation);

    /// <summary>The name of a node that died while it joined is free again before its next process gives up.</summary>
    [Fact, Trait("Requirement", "AR-3")]
    public void A_node_that_died_while_joining_comes_back() => Sim.Run(1, cluster =>
    {
        cluster.AddNodes(3, static _ => { });
        var joiner = cluster.AddNode("late", static _ => { });
        Assert.True(cluster.RunUntil(() => View().Members.ContainsKey("late"), TimeSpan.FromSeconds(10)), "it is on the list");
        Assert.False(joiner.IsUp);
        joiner.CutPower();
        joiner.Host.Disk.Lose();
        joiner.Start();

        Assert.True(cluster.RunUntil(() => joiner.IsUp, new Cluster.ClusterOptions().JoinTimeout), $"within the time its process waits: {cluster.Describe()}");
        Assert.Equal(2, joiner.Lives);

        Cluster.View.ClusterView View() => cluster.Nodes[0].Cluster.View;
    });

    /// <summary>A node that hears nobody has no lease, whoever hears it: it is lost, its shards are served elsewhere, and its next life is not up before it hears.</summary>
    [Theory, Trait("Requirement", "CL-5"), InlineData(FaultKind.Deafen), InlineData(FaultKind.DeafenSignals)]
    public void A_node_that_hears_nobody_does_not_stand_still(FaultKind fault) => Sim.Run(1, cluster =>
    {
        var (serving, states) = (new ServingCheck(cluster), new StateCheck(cluster));
        cluster.AddNodes(3, node => ObjectUnits.Start(node, serving, states, registersForget: false, standbysApplyTwice: false));
        cluster.RunFor(TimeSpan.FromSeconds(3));
        var (deaf, other) = (cluster.Nodes[1], cluster.Nodes[0]);
        var key = deaf.Cluster.SelfKey;
        var shards = View().Types[ObjectUnits.CounterType].Shards;
        Assert.Contains(shards.Values, shard => shard.Leader == key);

        cluster.InjectFaults([new Fault(TimeSpan.Zero, TimeSpan.FromSeconds(10), fault, 1, 0, 0)]);
        Assert.True(cluster.RunUntil(() => View().Lost.ContainsKey(key), TimeSpan.FromSeconds(2)), "it is declared lost");
        cluster.RunFor(TimeSpan.FromSeconds(1));
        var all = Enumerable.Range(0, 40).Select(Ask).ToArray();
        Assert.True(cluster.RunUntil(() => Array.TrueForAll(all, asked => asked.IsCompletedSuccessfully), TimeSpan.FromSeconds(2)), "every counter answers");
        Assert.True(cluster.RunUntil(() => deaf.Lives > 1, TimeSpan.FromSeconds(3)), "it has read that it is lost");
        Assert.False(cluster.RunUntil(() => deaf.IsUp, TimeSpan.FromSeconds(2)), "it is up although it hears nobody");
        Assert.True(cluster.RunUntil(() => deaf.IsUp && deaf.Cluster.MuteSwitch.IsOpen, TimeSpan.FromMinutes(1)), $"it is back: {cluster.Describe()}");

        Cluster.View.ClusterView View() => other.Cluster.View;

        Task<ObjectAnswer> Ask(int i)
        {
            var answer = new TaskCompletionSource<ObjectAnswer>();
            other.Run(async node => answer.SetResult(await ClusterSharding.Get(node.System).ShardRegion(ObjectUnits.CounterType)
                .Ask<ObjectAnswer>(new ShardingEnvelope($"k{i}", new AddToCounter(1)), TimeSpan.FromSeconds(2))));
            return answer.Task;
        }
    }, Settings);

    /// <summary>The second sender hands the flow back to the first, lives on as a standby, and is lost: its gate closes, and the first one, which had long begun, must not wait for it, least of
    /// all for ever.</summary>
    [Fact, Trait("Requirement", "CL-7")]
    public void A_sender_goes_on_when_the_one_before_it_is_lost_later() => Sim.Run(1, cluster =>
    {
        var flows = new FlowCheck(cluster);
        cluster.Stores.JournalNews.Appended += flows.OnAppended;
        cluster.AddNodes(3, node =>
        {
            NumberFlow.Host(node, cluster.MakeReceiver);
            flows.ReadWith(node);
        });
        cluster.RunFor(TimeSpan.FromSeconds(1)); // All nodes host the units: the two senders get nodes of their own.
        var flow = new NumberFlow(cluster, "f", senders: 2, count: 2000, itemsPerSecond: 50);
        flow.Define();
        var first = WhenActive(0);

        first.Kill();
        var second = WhenActive(1);
        first.Start();
        Assert.Same(first, WhenActive(0));
        var before = flows.PositionOf("f");
        Assert.True(cluster.RunUntil(() => flows.PositionOf("f") > before + 20, TimeSpan.FromSeconds(10)), "the first sender sends again");
        second.CutPower();

        Assert.True(cluster.RunUntil(() => flows.IsCompleted("f"), TimeSpan.FromMinutes(2)), $"stopped at {flows.PositionOf("f")}: {cluster.Describe()}");

        SimulatedNode WhenActive(int sender)
        {
            var isActive = cluster.RunUntil(
                () => View().Flows.TryGetValue("f", out var row) && row.Active == sender && Holder(sender) is not null, TimeSpan.FromSeconds(30));
            Assert.True(isActive, $"sender {sender} is active");
            return Holder(sender)!;
        }

        Cluster.View.ClusterView View() => cluster.Nodes.Where(static node => node.IsUp).Select(static node => node.Cluster.View).MaxBy(static view => view.Version)!;

        SimulatedNode? Holder(int sender) => cluster.Nodes.FirstOrDefault(
            node => node.IsUp && View().Types[View().Flows["f"].Senders[sender].Unit.Type].Shards[View().Flows["f"].Senders[sender].Unit.Id].Leader == node.Cluster.SelfKey);
    }, Settings);
}
