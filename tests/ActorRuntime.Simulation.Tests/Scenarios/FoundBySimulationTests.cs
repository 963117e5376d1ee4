using ActorRuntime.Simulation.Checks;
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
