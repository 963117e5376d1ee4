namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Nobody may be taken for lost because its machine has much to do (I10).</summary>
internal static class BusyCores
{
    private const int ThreadsPerCore = 4;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("busy", "threads that never rest, four on every core", new() { Signal = "interval = 100ms, lease = 1s, loss-after = 1200ms", Rate = 100 },
            TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(60), BusyAsync),
    ];

    private static async Task BusyAsync(FaultCluster cluster, TimeSpan lasts)
    {
        // How late a thread runs is the machine's affair, that the signals' thread runs before others is the node's.
        foreach (var node in cluster.Nodes)
            await cluster.RequireAsync(cluster.Process(node).HasRealTimeThread, $"no thread of n{node} runs before others");
        var ends = DateTime.UtcNow + lasts;
        var threads = Enumerable.Range(0, ThreadsPerCore * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            while (DateTime.UtcNow < ends) { }
        }) { IsBackground = true }).ToList();
        foreach (var thread in threads) thread.Start();
        await cluster.LastAsync(lasts);
        foreach (var thread in threads) thread.Join();
        await cluster.RequireOnlyLostAsync();
    }
}
