using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>
/// Goal: whatever several orchestrators on old views decide, nobody is replaced that may still hold a lease without being waited for, no
/// term has two holders, all views agree, and after the last fault everything is served again.
/// Method: <see cref="OrchestratorModel"/> over many seeds; broken on purpose, its checks must see it.
/// </summary>
public sealed class OrchestratorSimulationTests
{
    private const int Seeds = 25, Steps = 800;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Requirement", "CL-11")]
    [Trait("Requirement", "AR-5")]
    public void Faults_break_no_invariant(bool oneMachine)
    {
        var entries = 0;
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var model = new OrchestratorModel(seed, Sabotage.None, oneMachine);
            model.Run(Steps);
            // On separate machines two lost of three need an operator: only safety is promised then.
            if (oneMachine) model.CheckLiveness();
            Assert.True(model.Broken.Count == 0, string.Join('\n', model.Broken));
            entries += model.Entries;
        }
        Assert.True(entries > Seeds * 30, $"only {entries} entries: the model does nothing");
    }

    [Fact]
    public void The_fold_holds_against_proposers_that_do_not_decide_anew()
    {
        for (var seed = 1UL; seed <= Seeds / 3; seed++)
        {
            var model = new OrchestratorModel(seed, Sabotage.ResubmitWithoutDeciding, oneMachine: true);
            model.Run(Steps);
            Assert.True(model.Broken.Count == 0, string.Join('\n', model.Broken));
        }
    }

    [Theory]
    [InlineData(Sabotage.InventAcknowledgements)]
    [InlineData(Sabotage.TakeAppliedForHandedOver)]
    [InlineData(Sabotage.InventProofs)]
    public void Breaking_a_rule_is_seen(Sabotage sabotage)
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var model = new OrchestratorModel(seed, sabotage, oneMachine: true);
            model.Run(Steps);
            if (model.Broken.Count > 0) return;
        }
        Assert.Fail($"{sabotage} went unnoticed over {Seeds} seeds");
    }

    [Fact]
    public void Same_seed_gives_the_same_log_and_every_reader_the_same_view()
    {
        var (one, two) = (new OrchestratorModel(7, Sabotage.None, true), new OrchestratorModel(7, Sabotage.None, true));
        one.Run(Steps);
        two.Run(Steps);
        Assert.Equal(one.History, two.History);

        var view = ClusterView.Empty;
        foreach (var text in one.History.Split('\n')) view = ViewFold.Apply(view, EntryCodec.Decode(text), EntryCodec.Digest(text));
        Assert.Equal(TestLog.Text(one.View), TestLog.Text(view));
    }
}
