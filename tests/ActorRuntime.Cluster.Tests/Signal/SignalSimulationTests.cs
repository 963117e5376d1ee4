using ActorRuntime.Cluster.Signal;
using ActorRuntime.Simulation.Sabotages;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>
/// Goal: I4 for what the lease protects, I10, and that a dead peer is found and taken over in bounded time (SAFETY 1B-7 to 15).
/// Method: <see cref="SignalSimulation"/> over many seeds; then each rule is broken on purpose and the same check must find it.
/// </summary>
public sealed class SignalSimulationTests
{
    private const int Seeds = 600;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [Trait("Requirement", "CL-6")]
    [Trait("Requirement", "CL-9")]
    public void No_schedule_opens_a_gate_while_the_lost_node_may_serve(int nodes)
    {
        for (var seed = 1UL; seed <= Seeds / 3; seed++)
        {
            var world = new SignalSimulation(seed, new SimulationPlan { Nodes = nodes }).Run();
            Assert.True(world.Violation is null, $"seed {seed}, {nodes} nodes: {world.Violation}\n{Tail(world)}");
        }
    }

    [Theory]
    [InlineData("gate without silence and wait")]
    [InlineData("echo after applying the loss")]
    [InlineData("quorum of one")]
    [InlineData("lease from the arrival of the echo")]
    [InlineData("loss-after below lease")]
    public void Each_rule_is_needed(string sabotage)
    {
        var plan = new SimulationPlan();
        plan = sabotage switch
        {
            "gate without silence and wait" => plan with { Parts = new ImpatientSignals() },
            "echo after applying the loss" => plan with { Parts = new EchoingSignals() },
            "quorum of one" => plan with { Parts = new QuorumlessSignals(), Nodes = 5 },
            "lease from the arrival of the echo" => plan with { Parts = new LateLeaseSignals(new SignalOptions().Lease) },
            _ => plan with { Options = new SignalOptions { LossAfter = TimeSpan.FromMilliseconds(320) } },
        };
        for (var seed = 1UL; seed <= 2000; seed++)
        {
            if (new SignalSimulation(seed, plan).Run().Violation is not null) return;
        }
        Assert.Fail($"'{sabotage}': no violation in 2000 seeds, so the simulation proves nothing about that rule");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [Trait("Requirement", "CL-4")]
    public void Without_faults_nobody_is_muted_or_suspected(int nodes)
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var plan = new SimulationPlan { Nodes = nodes, Faults = 0, LossPercent = 0, SlowPercent = 0, Duration = TimeSpan.FromSeconds(3) };
            var world = new SignalSimulation(seed, plan).Run();
            Assert.All(world.All, p => Assert.True(p.MutedAt.Count == 0 && p.Core.LeaseEnd > p.Clock, $"seed {seed}: {p.Self} muted\n{Tail(world)}"));
            Assert.DoesNotContain(world.History, line => line.Contains("Suspected"));
            Assert.All(world.Head.Members.Values, m => Assert.True(m.ObserverSets.Length == 1, $"seed {seed}: sets of {m.Name} not retired\n{Tail(world)}"));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [Trait("Requirement", "CL-5")]
    [Trait("Requirement", "CL-12")]
    public void A_dead_peer_is_supported_by_every_observer_and_its_gate_opens_in_bounded_time(int nodes)
    {
        var bound = TimeSpan.FromMilliseconds(600 + 100); // loss-after, from a signal that left just before the crash, and its travel.
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var plan = new SimulationPlan { Nodes = nodes, Faults = 1, CrashesOnly = true, SlowPercent = 0, FaultsEnd = TimeSpan.FromSeconds(3) };
            var world = new SignalSimulation(seed, plan).Run();
            var dead = Assert.Single(world.All, p => !p.IsRunning);
            foreach (var observer in world.All.Where(p => p.IsRunning))
            {
                var supported = observer.Supported.FindIndex(s => s.Peer == dead.Self);
                Assert.True(supported >= 0 && new TimeSpan(observer.Supported[supported].At - dead.CrashedAt!.Value) <= bound,
                    $"seed {seed}: {observer.Self} supported late or never\n{Tail(world)}");
                var lost = world.Head.Lost[dead.Self];
                Assert.True(observer.Core.Gate.IsClear(dead.Self, lost.Version), $"seed {seed}: gate of {dead.Self} closed at {observer.Self}\n{Tail(world)}");
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [Trait("Requirement", "CL-9")]
    public void After_the_last_fault_every_member_serves_again(int nodes)
    {
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var world = new SignalSimulation(seed, new SimulationPlan { Nodes = nodes, Faults = 4, Duration = TimeSpan.FromSeconds(9) }).Run();
            foreach (var process in world.All.Where(p => p.IsRunning && world.Head.IsAlive(p.Self)))
            {
                Assert.True(process.Core.LeaseEnd > process.Clock, $"seed {seed}: {process.Self} still muted\n{Tail(world)}");
            }
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_history() =>
        Assert.Equal(new SignalSimulation(7, new SimulationPlan()).Run().History, new SignalSimulation(7, new SimulationPlan()).Run().History);

    private static string Tail(SignalSimulation world) => string.Join('\n', world.History.TakeLast(60));
}
