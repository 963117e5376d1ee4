namespace ActorRuntime.ProcessTests.Faults;

/// <summary>What happens to the store that all nodes share.</summary>
internal static class StoreFaults
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5), Long = TimeSpan.FromSeconds(20);

    /// <summary>Shorter times than the defaults, so that they run out within a fault.</summary>
    private const string Impatient = "persistence.sqlite { write-timeout = 2s, read-timeout = 2s, control-log.call-timeout = 1s }";

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("full-disk", "no space is left for control log, journal and all other files, later there is",
            new() { DiskMegabytes = 32, More = Impatient }, Short, Long, FullDiskAsync),
        new("store-locked", "another program keeps all nodes from writing control log and journal", new() { More = Impatient }, Short, Long, LockedAsync),
        new("store-errors", "every write of one node fails, the others' do not", new() { More = Impatient }, Short, Long, ErrorsAsync),
        new("store-away", "the store's directory is gone when a node starts again", new(), Short, Long, AwayAsync),
    ];

    private static async Task FullDiskAsync(FaultCluster cluster, TimeSpan lasts)
    {
        cluster.Disk.Fill();
        await cluster.LastAsync(lasts);
        await cluster.SaysAsync(cluster.Nodes, "database or disk is full");
        cluster.Disk.Free();
        await cluster.UntilMoreItemsAsync(100);
        await cluster.RequireOnlyLostAsync();
    }

    private static async Task LockedAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var held = new[] { cluster.JournalFile, cluster.ControlLogFile }.Select(file => Task.Factory.StartNew(
            () => Sqlite.HoldWriteLock(file, lasts), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(held);
        await cluster.SaysAsync(cluster.Nodes, "locked by another process");
        await cluster.UntilMoreItemsAsync(100);
        await cluster.RequireOnlyLostAsync();
    }

    private static async Task ErrorsAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var hit = cluster.PickReceiverNode();
        await cluster.LimitFilesAsync(hit, "0");
        await cluster.SaysAsync([hit], "disk I/O error");
        await cluster.LastAsync(lasts);
        await cluster.LimitFilesAsync(hit, "unlimited");
        await cluster.RequireOnlyLostAsync();
    }

    private static async Task AwayAsync(FaultCluster cluster, TimeSpan lasts)
    {
        var hit = cluster.PickNode();
        var before = cluster.Up(hit);
        await cluster.KillAsync(hit);
        cluster.Place(hit).Run("mount", "-t", "tmpfs", "nothing", cluster.StoreDirectory);
        cluster.Start(hit);
        await cluster.RequireAsync(await cluster.Process(hit).EndAsync() == 1, $"n{hit} started although its store is gone");
        cluster.Place(hit).Run("umount", cluster.StoreDirectory);
        await cluster.LastAsync(lasts);
        cluster.Start(hit);
        await cluster.UntilAsync($"n{hit} is back", () => cluster.Up(hit) is { } back && back != before);
        await cluster.RequireOnlyLostAsync(hit);
    }
}
