using ActorRuntime.ProcessTests.Net;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Links that carry nothing for a while.</summary>
internal static class NetworkCuts
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4), Long = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("partition", "one node is cut off from all others", new(), Short, Long, PartitionAsync),
        new("partial-partition", "two nodes cannot reach each other, the third reaches both", new(), Short, Long, PartialPartitionAsync),
        new("mute-node", "nothing a node sends arrives; it hears all others", new(), Short, Long, MuteNodeAsync),
        new("deaf-node", "nothing arrives at a node; all others hear it", new(), Short, Long, DeafNodeAsync),
        new("signal-cut", "no signal of a node or to it arrives; its data channel stays open", new(), Short, Long, SignalCutAsync),
    ];

    public static Task PartitionAsync(FaultCluster cluster, TimeSpan lasts) => LoseAsync(cluster, lasts, (from, to, hit) => from == hit || to == hit);

    public static Task MuteNodeAsync(FaultCluster cluster, TimeSpan lasts) => LoseAsync(cluster, lasts, (from, _, hit) => from == hit);

    private static Task SignalCutAsync(FaultCluster cluster, TimeSpan lasts) =>
        LoseAsync(cluster, lasts, (from, to, hit) => from == hit || to == hit, FrameClass.Signal);

    /// <summary>A cut after which one node, and no other, is lost, and comes back as a new incarnation.</summary>
    private static async Task LoseAsync(FaultCluster cluster, TimeSpan lasts, Func<int, int, int, bool> cut, FrameClass? only = null)
    {
        var hit = cluster.PickNode();
        var before = cluster.Up(hit);
        cluster.Network.Set(LinkSettings.Cut, (from, to) => cut(from, to, hit), only);
        await cluster.UntilAsync($"n{hit} is lost", () => cluster.Lost.Any(node => node == before));
        await cluster.RequireAsync(cluster.MutesOf(hit) > 0, $"n{hit} was lost and had not muted itself before");
        await cluster.LastAsync(lasts);
        cluster.Network.Heal();
        await cluster.UntilAsync($"n{hit} is back", () => cluster.Up(hit) is { } back && back != before);
        await cluster.RequireOnlyLostAsync(hit);
    }

    private static async Task PartialPartitionAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var middle = cluster.PickNode();
        cluster.Network.Set(LinkSettings.Cut, (from, to) => from != middle && to != middle);
        await cluster.LastAsync(lasts + TimeSpan.FromSeconds(3)); // Longer than loss-after.
        cluster.Network.Heal();
        await cluster.RequireOnlyLostAsync();
    }

    private static async Task DeafNodeAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var hit = cluster.PickNode();
        cluster.Network.Set(LinkSettings.Cut, (_, to) => to == hit);
        await cluster.UntilAsync($"n{hit} has muted itself", () => cluster.MutesOf(hit) > 0);
        await cluster.LastAsync(lasts);
        cluster.Network.Heal();
        await cluster.RequireOnlyLostAsync(hit);
    }
}
