using ActorRuntime.Cluster.Signal;
using ActorRuntime.Simulation.Sabotages;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>Goal: no schedule of faults and messages lets a successor be active while the node before it is not muted yet (SAFETY 1B-7).
/// Method: schedules of <see cref="SignalSimulation"/> drawn whole and made smaller: a failure prints the smallest schedule that still fails, and
/// the seed that draws the first one again (<c>Config.WithReplay</c>).</summary>
public sealed class SignalSchedulePropertyTests
{
    private const int FaultsFromMs = 800; // Three nodes have joined by then and observe each other.
    private const int FaultsToMs = 4_500;

    private static readonly Gen<SignalFault> Fault =
        from at in Gen.Choose(FaultsFromMs, FaultsToMs)
        from kind in Gen.Elements(Enum.GetValues<FaultKind>())
        from node in Gen.Choose(0, 4)
        from length in Gen.Choose(1, 20)
        select new SignalFault(at, kind, node, length * 100);

    private static readonly Gen<MessageFate> Fate =
        from number in Gen.Choose(0, 1_000)
        from isLost in Gen.Elements(true, false)
        from isDoubled in Gen.Elements(true, false)
        from delay in Gen.Choose(1, 900)
        select new MessageFate(number, isLost, isDoubled, delay);

    private static readonly Arbitrary<SignalSchedule> Schedules = Arb.From(
        from nodes in Gen.Elements(2, 3, 3, 4, 5)
        from seed in Gen.Choose(0, int.MaxValue)
        from drift in Gen.Elements(0, 1_000)
        from loss in Gen.Elements(0, 0, 5, 20)
        from faults in Fault.ArrayOf().Resize(8)
        from fates in Fate.ArrayOf().Resize(60)
        select new SignalSchedule(
            nodes, seed, drift, loss, [.. faults.Select(fault => fault with { Node = fault.Node % nodes })],
            [.. fates.OrderBy(fate => fate.Number)]),
        schedule => schedule.Smaller());

    [Fact]
    [Trait("Requirement", "CL-6")]
    public void No_schedule_lets_a_second_node_be_active_before_the_first_is_muted() =>
        Prop.ForAll(Schedules, schedule => Assert.Null(Run(schedule, SignalParts.Sound))).Check(Config(300));

    /// <summary>The property can fail, and says how: with few faults left of the schedule that was drawn.</summary>
    [Theory]
    [InlineData("whoever applied a loss goes on echoing")]
    [InlineData("the gate asks for no silence")]
    [InlineData("a lease runs from the arrival of the echo")]
    public void A_broken_rule_is_found_and_its_schedule_is_small(string sabotage)
    {
        SignalParts parts = sabotage switch
        {
            "whoever applied a loss goes on echoing" => new EchoingSignals(),
            "the gate asks for no silence" => new ImpatientSignals(),
            _ => new LateLeaseSignals(new SignalOptions().Lease),
        };
        SignalSchedule? smallest = null;
        var failure = Assert.ThrowsAny<Exception>(() => Prop.ForAll(Schedules, schedule =>
        {
            if (Run(schedule, parts) is not { } violation) return;
            smallest = schedule; // Each one tried is smaller than the failing one before it.
            Assert.Fail(violation);
        }).Check(Config(5_000).WithReplay(1, 3))); // One draw for good: how small a schedule becomes depends on where it began.
        Assert.Contains(smallest!.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.InRange(smallest.Faults.Length + smallest.Fates.Length, 0, 12);
    }

    private static string? Run(SignalSchedule schedule, SignalParts parts)
    {
        var world = new SignalSimulation((ulong)schedule.Seed, SimulationPlan.Of(schedule) with { Parts = parts }).Run();
        return world.Violation is null ? null : $"{world.Violation}\n{string.Join('\n', world.History.TakeLast(40))}";
    }

    private static Config Config(int count) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count);
}
