namespace ActorRuntime.ProcessTests.Faults;

/// <summary>What happens to processes.</summary>
internal static class ProcessFaults
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4), Long = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill", "kill -9 of a node, which is started again later", new(), Short, Long, KillAsync),
        new("freeze", "SIGSTOP of a node for longer than its lease, then SIGCONT", new(), Short, Long, FreezeAsync),
        new("restart-storm", "nodes are killed and started again at random, all of them too", new(), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), StormAsync),
    ];

    public static async Task KillAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var hit = cluster.PickNode();
        var before = cluster.Up(hit);
        await cluster.KillAsync(hit);
        await cluster.UntilAsync($"n{hit} is lost", () => cluster.Lost.Any(node => node == before));
        await cluster.LastAsync(lasts);
        cluster.Start(hit);
        await cluster.UntilAsync($"n{hit} is back", () => cluster.Up(hit) is { } back && back != before);
        await cluster.RequireOnlyLostAsync(hit);
    }

    public static async Task FreezeAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var hit = cluster.PickNode();
        var before = cluster.Up(hit);
        cluster.Process(hit).Signal("STOP");
        await cluster.UntilAsync($"n{hit} is lost", () => cluster.Lost.Any(node => node == before));
        await cluster.LastAsync(lasts);
        cluster.Process(hit).Signal("CONT");
        await cluster.UntilAsync($"n{hit} is back", () => cluster.Up(hit) is { } back && back != before);
        await cluster.RequireOnlyLostAsync(hit);
    }

    public static async Task StormAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var until = DateTime.UtcNow + lasts;
        while (DateTime.UtcNow < until)
        {
            var hit = cluster.Nodes.Where(_ => cluster.Random.Next(3) == 0).ToList();
            foreach (var node in hit) await cluster.KillAsync(node);
            await cluster.LastAsync(TimeSpan.FromMilliseconds(cluster.Random.Next(500)));
            foreach (var node in hit) cluster.Start(node);
            await cluster.LastAsync(TimeSpan.FromMilliseconds(cluster.Random.Next(2000)));
            foreach (var node in cluster.Nodes.Where(node => cluster.Process(node).HasExited)) await cluster.FailAsync($"n{node} ended by itself");
        }
    }
}
