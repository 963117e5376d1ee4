using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>Scenarios of replicated logs do what they say, and each flush policy keeps what it promises (<c>docs/storage-local.md</c>).</summary>
public sealed class ReplicaScenarioTests
{
    [Fact, Trait("Requirement", "AR-5")]
    public void Logs_that_fall_behind_leave_the_sets_and_come_back()
    {
        var reports = Run("replica-behind", 4);

        Assert.True(reports.Sum(static report => report.Evicted) >= 5, $"{reports.Sum(static report => report.Evicted)} left");
        Assert.True(reports.Sum(static report => report.Admitted) >= 5, $"{reports.Sum(static report => report.Admitted)} came back");
        Assert.Equal(0, reports.Sum(static report => report.OperatorWords));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_follower_that_is_slow_and_answers_within_in_sync_timeout_stays() =>
        Assert.Equal(0, Run("slow-follower", 4).Sum(static report => report.Evicted));

    /// <summary>All machines lose their power within a millisecond. That nothing acknowledged is lost is checked in the runs.</summary>
    [Fact, Trait("Requirement", "SR-5")]
    public void With_group_commit_nothing_is_lost_and_nobody_is_asked()
    {
        var reports = Run("power-all-group-commit", 4);

        Assert.Equal(0, reports.Sum(static report => report.LossesAccepted));
        Assert.Equal(0, reports.Sum(static report => report.OperatorWords));
    }

    /// <summary>No log proves to be whole: shards wait until a loss is accepted, and go on from the copies that reach furthest.</summary>
    [Theory, Trait("Requirement", "SR-5"), InlineData("power-all-os"), InlineData("power-all-process")]
    public void Without_group_commit_shards_wait_until_the_loss_is_accepted(string scenario)
    {
        var reports = Run(scenario, 4);

        Assert.All(reports, static report => Assert.True(report.LossesAccepted > 20, $"{report.LossesAccepted} of seed {report.Seed}"));
        // What is never flushed hardly reaches further than the store.
        Assert.True(scenario == "power-all-process" || reports.Any(static report => report.LossesMended > 0), "no copy was gone on from");
        Assert.True(reports.Sum(static report => report.BlocksLost) > 0, "nothing was lost");
    }

    private static List<RunReport> Run(string name, int seeds)
    {
        var reports = new List<RunReport>();
        for (var seed = 1UL; seed <= (ulong)seeds; seed++)
        {
            var report = ScenarioRun.Run(AllScenarios.Find(name)!, seed);
            Assert.True(report.Violation is null, $"seed {seed}: {report.Violation}");
            reports.Add(report);
        }
        return reports;
    }
}
