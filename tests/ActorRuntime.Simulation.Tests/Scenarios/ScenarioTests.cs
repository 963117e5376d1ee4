using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.Faults;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.Tests.Scenarios;

public sealed class ScenarioTests
{
    private const ulong Seeds = 4;

    public static TheoryData<string> Names => [.. AllScenarios.All.Select(static scenario => scenario.Name)];

    [Theory, MemberData(nameof(Names))]
    public void No_invariant_is_broken(string scenario)
    {
        var (run, isIdle) = (AllScenarios.Find(scenario)!, scenario == "idle");
        for (var seed = 1UL; seed <= (run.Guests > 0 ? 1 : Seeds); seed++)
        {
            var report = ScenarioRun.Run(run, seed);

            Assert.True(report.Violation is null, $"seed {seed}: {report.Violation}");
            Assert.True(report.OperatorWords == 0 || report.LossesAccepted > 0 || report.Faults.ContainsKey(FaultKind.DiskLoss), $"seed {seed}: an operator had to speak");
            Assert.True(report.Views > 20 && (isIdle || (report.Handled > 100 && report.Events > (run.Flows > 0 ? 1000 : 100))), $"too little was checked: {report}");
            Assert.True(report.Simulated > run.Length);
        }
    }

    [Theory, InlineData(ShardDurability.Journal), InlineData(ShardDurability.Replicated)]
    public void Shards_are_handed_over_and_every_question_is_answered(ShardDurability durability)
    {
        var report = ScenarioRun.Run(AllScenarios.Find("transfer")!, 5, durability: durability);

        Assert.True(report.Violation is null, $"{report.Violation}");
        Assert.True(report.HandOvers > 20, $"{report.HandOvers} shards handed over by their leaders");
    }

    [Theory, InlineData("chaos"), InlineData("store-unknown"), InlineData("network")]
    public void Equal_seeds_give_equal_histories(string scenario)
    {
        var first = ScenarioRun.Run(AllScenarios.Find(scenario)!, 7);
        var recorded = ScenarioRun.Run(AllScenarios.Find(scenario)!, 7, isRecording: true);
        var other = ScenarioRun.Run(AllScenarios.Find(scenario)!, 8);

        Assert.Equal(first.TraceDigest, recorded.TraceDigest);
        Assert.NotEqual(first.TraceDigest, other.TraceDigest);
        Assert.NotEmpty(recorded.Story!);
    }

    [Fact]
    public void Faults_are_really_done_and_survived()
    {
        var report = ScenarioRun.Run(AllScenarios.Find("kill")!, 3);

        Assert.True(report.Faults[FaultKind.Kill] >= 3);
        Assert.True(report.Losses >= 2, $"{report.Losses} losses");
    }
}
