using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.Scenarios;
using Sim = ActorRuntime.Simulation.Simulation;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>What only an operator can know: that a machine is gone for good, and with it whoever could tell.</summary>
public sealed class OperatorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact, Trait("Requirement", "CL-9")]
    public void Two_machines_of_three_that_are_gone_for_good_at_once_are_replaced_on_an_operators_word() =>
        Assert.All(Reports(Of(FaultKind.DiskLoss, 0, 5.5, 1), Of(FaultKind.DiskLoss, 1, 5.5, 1)), IsHelped);

    [Fact, Trait("Requirement", "CL-9")]
    public void All_machines_gone_for_good_are_replaced_on_an_operators_word() => Assert.All(
        Reports(Of(FaultKind.DiskLoss, 0, 5.5, 4), Of(FaultKind.DiskLoss, 1, 5.6, 3), Of(FaultKind.DiskLoss, 2, 7, 1)), IsHelped);

    /// <summary>Without its disk the last of all can prove nothing about itself.</summary>
    [Fact, Trait("Requirement", "CL-9")]
    public void The_last_machine_that_was_up_loses_its_disk() => Assert.All(
        Reports(Of(FaultKind.PowerCut, 0, 5, 6), Of(FaultKind.PowerCut, 1, 8, 3), Of(FaultKind.DiskLoss, 2, 9.5, 1)), IsHelped);

    [Theory, InlineData(FaultKind.Kill), InlineData(FaultKind.PowerCut), Trait("Requirement", "CL-9")]
    public void Machines_that_come_back_with_their_disks_need_no_operator(FaultKind kind) =>
        Assert.All(Reports(Of(kind, 0, 5.5, 1), Of(kind, 1, 5.6, 1), Of(kind, 2, 5.7, 1)), report => Assert.Equal((null, 0), (report.Violation, report.OperatorWords)));

    /// <summary>Its observers could still tell: an operator who helped here would hide that they do not.</summary>
    [Fact, Trait("Requirement", "CL-9")]
    public void One_machine_that_is_gone_for_good_needs_no_operator() =>
        Assert.All(Reports(Of(FaultKind.DiskLoss, 0, 5.5, 1)), report => Assert.Equal((null, 0), (report.Violation, report.OperatorWords)));

    [Fact, Trait("Requirement", "CL-9")]
    public void A_word_about_a_node_that_answers_is_refused_and_one_about_a_dead_node_counts_once() => Sim.Run(1, cluster =>
    {
        cluster.AddNodes(3, static _ => { });
        cluster.RunFor(TimeSpan.FromSeconds(2));
        var (here, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var dead = other.Cluster.SelfKey;
        Assert.Contains("it answers", Refusal(here.Cluster.SelfKey), StringComparison.Ordinal);
        Assert.Contains("neither a member", Refusal(new NodeKey("n1", 7)), StringComparison.Ordinal);
        Assert.Contains("was heard", Refusal(dead), StringComparison.Ordinal);
        Assert.True(here.Cluster.View.IsAlive(dead));

        other.CutPower();
        cluster.Nodes[2].CutPower(); // Nobody is left who could support the loss.
        cluster.RunFor(TimeSpan.FromSeconds(2));
        Assert.True(here.Cluster.View.IsAlive(dead));
        Assert.True(Say(dead).IsAccepted);
        Assert.Equal(LossKind.Ended, here.Cluster.View.Lost[dead].Evidence.Kind);
        Assert.Equal(ProposalResult.NotNeeded, Say(dead).Result);

        string Refusal(NodeKey node)
        {
            var refused = Say(node);
            Assert.Equal(ProposalResult.NotApplied, refused.Result);
            return refused.Detail;
        }

        ProposalOutcome Say(NodeKey node)
        {
            var said = new TaskCompletionSource<ProposalOutcome>();
            here.Run(async n => said.SetResult(await n.Cluster.DeclareEndedAsync(node)));
            return cluster.Await(said.Task, Patience);
        }
    });

    private static void IsHelped(RunReport report)
    {
        Assert.Null(report.Violation);
        Assert.InRange(report.OperatorWords, 1, 3);
    }

    private static Fault Of(FaultKind kind, int node, double at, double lasts) => new(TimeSpan.FromSeconds(at), TimeSpan.FromSeconds(lasts), kind, node, 0, 0);

    // Seeds of clusters on three machines.
    private static RunReport[] Reports(params Fault[] script) =>
        [.. Enumerable.Range(30, 6).Select(seed => ScenarioRun.Run(AllScenarios.Find("power")! with { MayBeOneMachine = false }, (ulong)seed, script: [.. script]))];
}
