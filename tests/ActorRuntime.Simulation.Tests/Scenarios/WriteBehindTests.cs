using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Behind;
using ActorRuntime.Simulation.Checks;
using ActorRuntime.Simulation.Scenarios;
using ActorRuntime.Simulation.Workloads;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>Replicated logs and the store behind them, on nodes as in production.</summary>
public sealed class WriteBehindTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory, Trait("Requirement", "SR-4")]
    [InlineData("store-outage")]
    [InlineData("store-unknown")]
    [InlineData("power")]
    public void The_store_gets_what_is_committed_and_logs_give_up_nothing_else(string scenario)
    {
        var (behind, trimmed) = (0L, 0L);
        for (var seed = 1UL; seed <= 3; seed++)
        {
            var report = ScenarioRun.Run(AllScenarios.Find(scenario)!, seed, durability: ShardDurability.Replicated);

            Assert.True(report.Violation is null, $"seed {seed}: {report.Violation}");
            (behind, trimmed) = (behind + report.BlocksBehind, Math.Max(trimmed, report.TrimmedMax));
        }
        Assert.True(behind > 500 && trimmed > 20, $"too little was checked: {behind} blocks behind, trimmed up to {trimmed}");
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Units_go_on_while_the_store_is_out_of_reach_and_it_catches_up()
    {
        var (cluster, clients) = Start(new WriteBehindOptions { KeepBlocks = 5 });
        cluster.Stores.JournalConditions.IsDown = true;
        var (answered, behind) = (clients.Answered, cluster.Replicas.Behind);

        cluster.RunFor(10 * Second);

        Assert.True(clients.Answered - answered > 100, $"{clients.Answered - answered} answers in 10 s");
        Assert.Equal(behind, cluster.Replicas.Behind);
        cluster.Stores.JournalConditions.IsDown = false;
        End(cluster, clients);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Lag_is_bounded_and_a_write_beyond_it_is_rejected_with_the_reason()
    {
        var (cluster, clients) = Start(new WriteBehindOptions { LagBlocksMax = 10, CommitBlocks = 10 }, isRecording: true);
        cluster.Stores.JournalConditions.IsDown = true;

        cluster.RunFor(30 * Second);

        var window = cluster.Settings.Sharding.Replication.WindowBlocks;
        Assert.InRange(cluster.Replicas.LagMax, 10, 10 + window);
        Assert.Contains(cluster.Recording!.Lines, static line => line.Text.Contains("lag-blocks-max = 10", StringComparison.Ordinal)
            && line.Text.Contains("the store does not answer", StringComparison.Ordinal));
        cluster.Stores.JournalConditions.IsDown = false;
        var answered = clients.Answered;
        cluster.RunFor(10 * Second);
        Assert.True(clients.Answered - answered > 50, $"{clients.Answered - answered} answers after the store was back");
        End(cluster, clients);
    }

    private static (SimulatedCluster Cluster, Clients Clients) Start(WriteBehindOptions options, bool isRecording = false)
    {
        var sharding = new ShardingOptions { Durability = ShardDurability.Replicated, Replication = new() { WriteBehind = options, WriteTimeout = Second } };
        var cluster = new SimulatedCluster(5, SimulationSettings.Default with { Sharding = sharding, IsRecording = isRecording });
        var (serving, states) = (new ServingCheck(cluster), new StateCheck(cluster));
        cluster.AddNodes(3, node => ObjectUnits.Start(node, serving, states, registersForget: false, standbysApplyTwice: false));
        var clients = Clients.Start(cluster, 6);
        Assert.True(cluster.RunUntil(() => clients.Answered > 50, 30 * Second));
        return (cluster, clients);
    }

    private static void End(SimulatedCluster cluster, Clients clients)
    {
        clients.Stop();
        Assert.True(cluster.RunUntil(() => clients.IsIdle, 30 * Second));
        Assert.True(cluster.RunUntil(() => cluster.Replicas.IsAllBehind, 30 * Second), cluster.Replicas.DescribeLag());
        Assert.Null(clients.FindViolation());
    }
}
