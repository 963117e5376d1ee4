using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.View;
using ActorRuntime.Simulation.Checks;
using ActorRuntime.Simulation.Scenarios;
using ActorRuntime.Simulation.Workloads;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation.Tests.Scenarios;

/// <summary>All logs of a shard that may lead are lost, and an operator accepts what that means.</summary>
public sealed class DisksLostTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact, Trait("Requirement", "SR-4")]
    public void What_is_lost_is_what_was_reported_from_the_store_and_from_a_copy_that_was_not_in_sync()
    {
        var (accepted, mended, lost) = (0, 0, 0L);
        for (var seed = 1UL; seed <= 8; seed++)
        {
            var report = ScenarioRun.Run(AllScenarios.Find("disks-lost")!, seed);

            Assert.True(report.Violation is null, $"seed {seed}: {report.Violation}");
            (accepted, mended, lost) = (accepted + report.LossesAccepted, mended + report.LossesMended, lost + report.BlocksLost);
        }
        Assert.True(accepted > 50 && mended > 5 && lost > 20, $"{accepted} losses accepted, {mended} mended by a copy, {lost} blocks lost");
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Without_the_word_shards_wait_and_say_why()
    {
        var (cluster, clients, disks) = LoseAll();

        var why = cluster.Await(Sharding(cluster).WhyShardsWaitAsync(ObjectUnits.CounterType, Second), 10 * Second);

        Assert.NotEmpty(why);
        Assert.All(why.Values, text => Assert.Contains("any more", text, StringComparison.Ordinal));
        Assert.All(Sets(cluster), set => Assert.Null(set.Origin));
        var answered = clients.Answered;
        cluster.RunFor(30 * Second);
        Assert.Equal(answered, clients.Answered);
        Assert.NotEmpty(disks);
    }

    /// <summary>The disks were not lost after all: what they hold stays there, and is no second history.</summary>
    [Fact, Trait("Requirement", "SR-4")]
    public void Disks_that_come_back_later_are_kept_aside()
    {
        var (cluster, clients, disks) = LoseAll();
        foreach (var type in (string[])[ObjectUnits.CounterType, ObjectUnits.RegisterType])
        {
            var losses = cluster.Await(Sharding(cluster).FindLossesAsync(type, null, Second), 10 * Second);
            foreach (var loss in losses) cluster.Replicas.OnAccepted(loss);
            Assert.True(cluster.Await(Sharding(cluster).AcceptDataLossAsync(losses), 10 * Second).IsAccepted);
        }
        var answered = clients.Answered;
        Assert.True(cluster.RunUntil(() => clients.Answered > answered + 50, 60 * Second), cluster.Describe());
        Assert.All(Sets(cluster), set => Assert.NotNull(set.Origin));

        foreach (var node in cluster.Nodes) node.CutPower();
        for (var i = 0; i < disks.Count; i++)
        {
            foreach (var (path, log) in disks[i]) cluster.Nodes[i].Host.Disk.Logs[path] = log;
            cluster.Nodes[i].Start();
        }
        answered = clients.Answered;
        Assert.True(cluster.RunUntil(() => clients.Answered > answered + 50, 60 * Second), cluster.Describe());
        var logs = cluster.Await(Sharding(cluster).LogsAsync(ObjectUnits.CounterType, 5 * Second), 10 * Second);
        Assert.All(logs, log => Assert.Equal([$"{ObjectUnits.CounterType}/{log.Shard}"], log.Aside));
        Assert.All(disks.SelectMany(static disk => disk.Values), static log => Assert.True(log.Blocks.Head.Height > 0));
        clients.Stop();
        Assert.True(cluster.RunUntil(() => clients.IsIdle, 30 * Second));
        Assert.True(cluster.RunUntil(() => cluster.Replicas.IsAllBehind, 30 * Second), cluster.Replicas.DescribeLag());
        var violation = clients.FindViolation();
        Assert.True(violation is null, violation);
    }

    /// <returns>All nodes up again, with nothing on their disks; and what was there.</returns>
    private static (SimulatedCluster Cluster, Clients Clients, List<SortedDictionary<string, DiskLog>> Disks) LoseAll()
    {
        var cluster = new SimulatedCluster(3, SimulationSettings.Default with { Sharding = new() { Durability = ShardDurability.Replicated } });
        var (journal, serving, states) = (new JournalCheck(cluster), new ServingCheck(cluster), new StateCheck(cluster));
        cluster.Stores.JournalNews.Appended += journal.OnAppended;
        cluster.Stores.JournalNews.Appended += states.OnAppended;
        cluster.Replicas.RolledBack += journal.OnRolledBack;
        cluster.Replicas.RolledBack += states.OnRolledBack;
        var views = new ViewCheck(cluster);
        cluster.Watch(new Check("I6 equal views", views.Broken));
        cluster.Watch(new Check("I2 in-sync logs have what is committed", () => cluster.Replicas.Broken(views.Newest)));
        cluster.AddNodes(3, node => ObjectUnits.Start(node, serving, states, registersForget: false, standbysApplyTwice: false));
        var clients = Clients.Start(cluster, 6);
        cluster.Replicas.RolledBack += (id, _) => clients.OnRolledBack(id);
        states.RecoveredAfterLoss += clients.OnRecoveredAfterLoss;
        Assert.True(cluster.RunUntil(() => clients.Answered > 50, 30 * Second));
        cluster.Stores.JournalConditions.IsDown = true;
        cluster.RunFor(5 * Second);

        var disks = new List<SortedDictionary<string, DiskLog>>();
        foreach (var node in cluster.Nodes)
        {
            node.CutPower();
            disks.Add(new(node.Host.Disk.Logs, StringComparer.Ordinal));
            node.Host.Disk.Lose();
        }
        cluster.Stores.JournalConditions.IsDown = false;
        var dead = cluster.Nodes.Select(static node => node.Cluster.SelfKey).ToArray();
        foreach (var node in cluster.Nodes) node.Start();
        cluster.RunFor(5 * Second);
        foreach (var key in dead) cluster.Nodes[0].Run(node => _ = node.Cluster.DeclareEndedAsync(key));
        Assert.True(cluster.RunUntil(() => cluster.Nodes.All(static node => node.IsUp), 60 * Second), cluster.Describe());
        cluster.RunFor(5 * Second);
        return (cluster, clients, disks);
    }

    private static ClusterSharding Sharding(SimulatedCluster cluster) => ClusterSharding.Get(cluster.Nodes[0].System);

    private static IEnumerable<ReplicaSet> Sets(SimulatedCluster cluster) =>
        cluster.Nodes[0].Cluster.View.Types.Values.Where(static type => type.Replication is not null).SelectMany(static type => type.Shards.Values).Select(static shard => shard.Replicas!);
}
