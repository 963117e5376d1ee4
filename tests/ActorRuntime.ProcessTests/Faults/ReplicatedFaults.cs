namespace ActorRuntime.ProcessTests.Faults;

/// <summary>What happens to nodes that keep the shards' logs themselves: on three of them, two of which must have what is acknowledged, or on
/// one alone.</summary>
internal static class ReplicatedFaults
{
    private static readonly ClusterPlan OnThree = new() { Replicas = 3 }, OnOne = new() { Nodes = 1, Replicas = 1 };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("replicated", "logs on three nodes: kill -9, SIGSTOP and a cut, one after the other", OnThree, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(60), OneByOneAsync),
        new("replicated-storm", "logs on three nodes: all killed and started again, then some at random", OnThree,
            TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(60), StormAsync),
        new("alone", "kill -9 of a single node with its logs on its own disk, without standby", OnOne, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20), AloneAsync),
    ];

    /// <summary>Each hits a node of its own choice, and may come while the logs still catch up after the one before.</summary>
    private static async Task OneByOneAsync(FaultCluster cluster, TimeSpan lasts)
    {
        Func<FaultCluster, TimeSpan, Task>[] faults =
            [ProcessFaults.KillAsync, ProcessFaults.FreezeAsync, cluster.Random.Next(2) == 0 ? NetworkCuts.PartitionAsync : NetworkCuts.MuteNodeAsync];
        cluster.Random.Shuffle(faults);
        foreach (var strikeAsync in faults) await strikeAsync(cluster, lasts / faults.Length);
    }

    private static async Task StormAsync(FaultCluster cluster, TimeSpan lasts)
    {
        await KillAllAsync(cluster);
        await ProcessFaults.StormAsync(cluster, lasts);
    }

    private static async Task AloneAsync(FaultCluster cluster, TimeSpan lasts)
    {
        const int times = 2;
        for (var i = 0; i < times; i++)
        {
            await KillAllAsync(cluster);
            await cluster.LastAsync(lasts / times);
        }
    }

    /// <summary>Nobody is left who has anything but what is on the disks.</summary>
    private static async Task KillAllAsync(FaultCluster cluster)
    {
        var before = cluster.Nodes.Select(cluster.Up).ToList();
        await Task.WhenAll(cluster.Nodes.Select(cluster.KillAsync));
        foreach (var node in cluster.Nodes) cluster.Start(node);
        await cluster.UntilAsync("all are back", () => cluster.Nodes.All(node => cluster.Up(node) is { } back && back != before[node - 1]));
    }
}
