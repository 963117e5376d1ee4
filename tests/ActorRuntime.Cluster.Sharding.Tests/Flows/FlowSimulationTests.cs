using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

/// <summary>
/// Goal: whatever happens, the receiver's journal holds every item once and in order, takes nothing of a fenced sender, and whatever a
/// sender saw acknowledged (I3, I5); and after the last fault the flow ends.
/// Method: see <see cref="FlowSimulation"/>; 8 s of faults, then quiet; some 14 switches, moves and crashes per run.
/// </summary>
public sealed class FlowSimulationTests
{
    [Fact, Trait("Requirement", "CL-6"), Trait("Requirement", "CL-7"), Trait("Requirement", "AR-5")]
    public void Every_item_is_applied_once_and_in_order_under_the_highest_fence()
    {
        for (ulong seed = 1; seed <= 600; seed++)
        {
            if (Failure(seed, FlowSabotage.None) is { } failure) Assert.Fail($"seed {seed}: {failure}");
        }
    }

    [Theory]
    [InlineData(FlowSabotage.SkipHandshake)]
    [InlineData(FlowSabotage.SkipFence)]
    [InlineData(FlowSabotage.ApplyBeforePersist)]
    [InlineData(FlowSabotage.OwnOffset)]
    public void Each_broken_rule_is_found(FlowSabotage sabotage)
    {
        var found = 0;
        for (ulong seed = 1; seed <= 60; seed++) found += Failure(seed, sabotage) is null ? 0 : 1;
        Assert.True(found > 0, $"{sabotage}: 60 seeds and nothing noticed");
    }

    [Fact]
    public void Same_seed_gives_the_same_history()
    {
        var (first, second) = (new FlowSimulation(7), new FlowSimulation(7));
        first.Run();
        second.Run();
        Assert.Equal(first.History, second.History);
    }

    [Fact]
    public void Runs_do_meet_what_they_are_for()
    {
        var (openings, refusals) = (0, 0);
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var simulation = new FlowSimulation(seed);
            simulation.Run();
            openings += simulation.Journal.Count(fact => fact is FlowEvent.FlowOpened);
            refusals += simulation.Journal.Count(fact => fact is FlowEvent.ItemsRefused);
        }
        Assert.True(openings > 100, $"only {openings} take-overs in 20 runs");
        Assert.True(refusals > 20, $"only {refusals} batches of refusals in 20 runs");
    }

    private static string? Failure(ulong seed, FlowSabotage sabotage)
    {
        try
        {
            new FlowSimulation(seed, sabotage).Run();
            return null;
        }
        catch (InvariantException broken)
        {
            return broken.Message;
        }
    }
}
