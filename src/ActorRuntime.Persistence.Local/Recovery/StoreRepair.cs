using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;

namespace ActorRuntime.Persistence.Local.Recovery;

/// <summary>What a repair did.</summary>
/// <param name="Before">The log as it was found.</param>
/// <param name="Head">The newest block it has now; null when nothing could be kept and there is no such log any more.</param>
/// <param name="StoreId">Its new store id.</param>
/// <param name="Copy">Folder with all files as they were.</param>
internal sealed record RepairReport(LogReport Before, BlockPlace? Head, ulong StoreId, string Copy);

/// <summary>Cuts a damaged log at the damage, in a store that nobody has open. The log gets a new store id: to the other replicas it is
/// another one, which has to learn what it lost.</summary>
internal static class StoreRepair
{
    /// <exception cref="BlockStoreException">There is no such log, it is not damaged, of a newer format, or the store cannot be
    /// used.</exception>
    public static async Task<RepairReport> CutAsync(LocalStoreOptions options, string name, RuntimeEnvironment environment)
    {
        var before = StoreCheck.Run(options.Directory, environment).Logs.FirstOrDefault(log => log.Name == name)
            ?? throw new BlockStoreException($"The local store {options.Directory} has no log {name}.");
        if (before.Damage is null) throw new BlockStoreException($"The log {name} is not damaged: nothing was changed.");
        if (before.IsRefused) throw new BlockStoreException(before.Damage.What);

        var store = new SegmentStore(options, environment);
        await using (store.ConfigureAwait(false))
        {
            await store.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            var copy = Copy(before, Path.GetFullPath(options.Directory));
            if (before.Scan is not { Segments.Count: > 0 } scan)
            {
                await store.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
                return new RepairReport(before, null, 0, copy);
            }
            var log = await store.CutAsync(name, scan, isStateLost: before.State is null || before.State.Value.Name != name).ConfigureAwait(false);
            var report = new RepairReport(before, log.Head, log.StoreId, copy);
            await log.DisposeAsync().ConfigureAwait(false);
            return report;
        }
    }

    private static string Copy(LogReport log, string directory)
    {
        var copy = Path.Combine(directory, StoreFormat.Removed, Path.GetFileName(log.Folder));
        for (var number = 1; Directory.Exists(copy); number++)
            copy = Path.Combine(directory, StoreFormat.Removed, $"{Path.GetFileName(log.Folder)}.{number}");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(log.Folder)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }
}
