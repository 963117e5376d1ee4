using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>
/// Goal: no node stands still for ever. Whoever does not hear a node is not heard by it either, so a node holds its lease, or enough observers support
/// its loss. Method: <see cref="SignalSimulation"/> with links cut in one direction.
/// </summary>
[Trait("Requirement", "CL-5")]
[Trait("Requirement", "CL-6")]
public sealed class DeafnessTests
{
    private static readonly SimulationPlan Clean = new() { Faults = 0, LossPercent = 0, SlowPercent = 0, DuplicatePercent = 0 };

    /// <summary>However one-way the cuts are: lease quorum and loss quorum leave nothing in between.</summary>
    [Theory, InlineData(3), InlineData(4), InlineData(5), InlineData(7)]
    public void A_node_holds_its_lease_or_a_loss_quorum_supports_its_loss(int nodes)
    {
        var (held, lost) = (0, 0);
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var plan = Clean with { Nodes = nodes, OneWayCutPercent = 30, Duration = TimeSpan.FromSeconds(5), FaultsEnd = TimeSpan.FromSeconds(9) };
            var world = new SignalSimulation(seed, plan).Run();
            foreach (var node in world.Processes)
            {
                var others = world.Processes.Where(other => other != node).ToArray();
                var supporters = others.Count(other => other.Core.Links.Single(link => link.Peer == node.Self).Detector!.SupportsLoss);
                var isHeld = node.Core.LeaseEnd > node.Clock;
                Assert.Equal(others.Count(other => world.IsCut(other.Slot, node.Slot) || world.IsCut(node.Slot, other.Slot)), supporters);
                Assert.True(isHeld == (supporters < node.View.Find(node.Self)!.ObserverSets.Single().LossQuorum), $"seed {seed}: {node.Self} {isHeld}, {supporters}");
                if (isHeld) held++;
                else lost++;
            }
        }
        Assert.True(held > 20 && lost > 20, $"{held} held, {lost} lost: the cuts show nothing");
    }

    /// <summary>Two nodes that did not hear each other do again: neither waits for the other to begin.</summary>
    [Theory, InlineData(3), InlineData(5)]
    public void When_the_cuts_are_healed_everybody_is_heard_again(int nodes)
    {
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var plan = Clean with { Nodes = nodes, OneWayCutPercent = 60, Duration = TimeSpan.FromSeconds(6), FaultsEnd = TimeSpan.FromSeconds(5) };
            var world = new SignalSimulation(seed, plan).Run();
            foreach (var node in world.Processes)
            {
                Assert.True(node.Core.LeaseEnd > node.Clock, $"seed {seed}: {node.Self} is still muted");
                Assert.DoesNotContain(node.Core.Links, link => link.IsDeaf || link.Detector!.IsSuspected);
            }
        }
    }

    [Theory, InlineData(3), InlineData(5)]
    public void A_node_that_hears_nobody_is_lost_within_twice_loss_after(int nodes)
    {
        var bound = TimeSpan.FromMilliseconds(2000 + 2 * 600 + 200); // From the last signals before the cut; two intervals on the way.
        for (var seed = 1; seed <= 40; seed++)
        {
            var world = Run(nodes, seed);
            var deaf = world.All[0].Self;
            Assert.True(world.Head.Lost.ContainsKey(deaf), $"seed {seed}: never lost\n{string.Join('\n', world.History.TakeLast(40))}");
            var supports = world.All.Where(node => node.Self != deaf).SelectMany(node => node.Supported.Where(s => s.Peer == deaf)).Select(s => new TimeSpan(s.At)).ToArray();
            Assert.True(supports.Length >= world.Head.Lost[deaf].ObserverSets[0].LossQuorum && supports.Max() < bound, $"seed {seed}: {string.Join(' ', supports)}");
        }
    }

    /// <summary>Of two the witness keeps up both: they serve, and neither is lost.</summary>
    [Fact]
    public void With_the_witness_a_node_that_hears_nobody_goes_on()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var world = Run(2, seed);
            Assert.All(world.All, node => Assert.True(world.Head.IsAlive(node.Self) && node.Core.LeaseEnd > node.Clock, $"seed {seed}: {node.Self}"));
        }
    }

    private static SignalSimulation Run(int nodes, int seed)
    {
        var schedule = new SignalSchedule(nodes, seed, DriftPpmMax: 1000, LossPercent: 0, [new SignalFault(2000, FaultKind.Deafness, 0, 4000)], []);
        return new SignalSimulation((ulong)seed, SimulationPlan.Of(schedule) with { Duration = TimeSpan.FromSeconds(5), FaultsEnd = TimeSpan.FromSeconds(9) }).Run();
    }
}
