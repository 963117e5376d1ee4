using ActorRuntime.Simulation.Sabotages;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>The checks can fail: every known-broken variant is caught.</summary>
public sealed class SabotageTests
{
    private const ulong SeedsMax = 200;

    public static TheoryData<string> Names => [.. AllSabotages.All.Select(static sabotage => sabotage.Name)];

    /// <summary>Not only by what comes of it in the end.</summary>
    [Theory]
    [InlineData("state-forgotten", "I8 the state is that of its events")]
    [InlineData("standby-applies-twice", "I8 the state is that of its events")]
    [InlineData("learner-in-sync-early", "I2 in-sync logs have what is committed")]
    [InlineData("truncated-below-commit", "I2 in-sync logs have what is committed")]
    [InlineData("recovered-unasked", "I2 in-sync logs have what is committed")]
    [InlineData("position-forgotten", "I5 no gap, no duplicate")]
    [InlineData("no-opening", "I3 no item of a fenced term")]
    [InlineData("no-row-is-failure", "a proposal is in the log once or never")]
    [InlineData("entry-applied-twice", "I6 equal views")]
    public void Is_caught_by_the_check_that_is_meant_for_it(string name, string invariant)
    {
        var sabotage = AllSabotages.Find(name)!;

        Assert.Equal(invariant, FirstViolation(sabotage)?.Invariant);
    }

    [Theory, MemberData(nameof(Names))]
    public void Is_caught(string name)
    {
        var sabotage = AllSabotages.Find(name)!;
        if (FirstViolation(sabotage) is null) Assert.Fail($"{SeedsMax} seeds of {sabotage.Scenario} broke no invariant with {name}: {sabotage.Description}");
    }

    private static Violation? FirstViolation(Sabotage sabotage)
    {
        var scenario = AllScenarios.Find(sabotage.Scenario)!;
        for (var seed = 1UL; seed <= SeedsMax; seed++)
        {
            if (ScenarioRun.Run(scenario, seed, sabotage: sabotage.Break, durability: sabotage.Durability).Violation is { } violation) return violation;
        }
        return null;
    }
}
