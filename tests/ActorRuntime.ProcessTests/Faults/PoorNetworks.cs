using ActorRuntime.ProcessTests.Net;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Links that carry what they carry late, twice, out of order, in part, or slowly.</summary>
internal static class PoorNetworks
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4), Long = TimeSpan.FromSeconds(20);

    private static readonly LinkSettings FarAway = new()
    {
        DelayMin = TimeSpan.FromMilliseconds(100), DelayMax = TimeSpan.FromMilliseconds(300), Reorders = true, Duplication = 0.1,
    };

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("loss", "30 % of all frames are lost", new() { Signal = "interval = 50ms, lease = 3s, loss-after = 3500ms" }, Short, Long, LossAsync),
        new("delay", "200 ms +- 100 ms on every way, out of order, a tenth of the frames twice", new(), Short, Long, DelayAsync),
        new("delay-auto", "the same with interval = auto",
            new() { Signal = "interval = auto, requirement { detect-within = 6s, false-alarms-per-day = 0.1 }" }, Short, Long, DelayAutoAsync),
        new("data-cap", "20 kB/s for data from node to node, less than there is to send; signals have all they need",
            new() { LineBytes = 1000, Signal = "interval = 100ms, lease = 1s, loss-after = 1200ms" }, Short, Long, CapAsync),
    ];

    private static async Task LossAsync(FaultCluster cluster, TimeSpan lasts)
    {
        cluster.Network.Set(new() { Loss = 0.3 }, (_, _) => true);
        await cluster.LastAsync(lasts);
        await cluster.UntilMoreItemsAsync(100); // It does go on like this, only slowly.
        await cluster.RequireOnlyLostAsync();
        cluster.Network.Heal();
        await cluster.RequireAsync(cluster.Network.Count(FrameClass.Data).Lost > 0, "no data was lost");
    }

    private static async Task DelayAutoAsync(FaultCluster cluster, TimeSpan lasts)
    {
        cluster.Network.Set(FarAway, (_, _) => true);
        // The cluster measures, and decides on times that fit.
        foreach (var node in cluster.Nodes)
            await cluster.UntilAsync($"n{node} has a lease of that kind", async () => await cluster.LeaseLeftMsAsync(node) > 1_000);
        cluster.ForgiveMutes();
        await DelayAsync(cluster, lasts);
    }

    private static async Task DelayAsync(FaultCluster cluster, TimeSpan lasts)
    {
        cluster.Network.Set(FarAway, (_, _) => true);
        await cluster.LastAsync(lasts);
        await cluster.UntilMoreItemsAsync(100);
        await cluster.RequireOnlyLostAsync();
        cluster.Network.Heal();
        foreach (var channel in Enum.GetValues<FrameClass>())
        {
            var counted = cluster.Network.Count(channel);
            await cluster.RequireAsync(counted.Duplicated > 0 && counted.Reordered > 0, $"{channel}: {counted}");
        }
    }

    private static async Task CapAsync(FaultCluster cluster, TimeSpan lasts)
    {
        cluster.Network.Set(new() { BytesPerSecond = 20_000 }, (_, _) => true, FrameClass.Data);
        await cluster.LastAsync(lasts);
        await cluster.RequireOnlyLostAsync();
        await cluster.RequireAsync(cluster.Network.Count(FrameClass.Data).Lost > 0, "the cap was never felt");
        cluster.Network.Heal();
    }
}
