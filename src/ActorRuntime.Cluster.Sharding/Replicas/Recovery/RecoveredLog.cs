using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Replicas.Recovery;

/// <summary>The log with which a shard goes on after an operator has accepted a loss: begun where the persistent store is, or a copy of a log
/// that was not in sync. Nothing there was is changed: logs of each history have names of their own.</summary>
/// <remarks>The store's fence is raised first, so that no earlier leader moves the height any more (SAFETY 1C-28). A log is complete once it
/// has recorded the version of the recovery as its term: before, it is made anew.</remarks>
internal static class RecoveredLog
{
    /// <summary>Name of a shard's log on a disk.</summary>
    /// <param name="origin">See <see cref="LogOrigin.Version"/>; 0 for the first history.</param>
    public static string NameOf(string type, string shard, long origin) => origin == 0 ? $"{type}/{shard}" : $"@{origin}/{type}/{shard}";

    /// <summary>Whether a log is one of a shard's, of whatever history.</summary>
    public static bool IsOf(string name, string type, string shard) =>
        name == $"{type}/{shard}" || (name.StartsWith('@') && name.EndsWith($"/{type}/{shard}", StringComparison.Ordinal));

    /// <summary>The block below the first one of a log that goes on from the store. Nobody knows the digest of the real one; this one is no
    /// block's, so that no log of another history can be taken for a part of it.</summary>
    public static BlockPlace StartAt(string scope, long origin, long height) =>
        height == 0 ? default : new(height, Block.Create(height, origin, default, System.Text.Encoding.UTF8.GetBytes($"recovered {scope}")).Digest);

    /// <summary>Opens it, or makes it.</summary>
    /// <param name="term">In which this node leads; the set is not founded yet.</param>
    /// <exception cref="JournalException">The store is out of reach: try again.</exception>
    /// <exception cref="FencedException">Another leads.</exception>
    /// <exception cref="CopyMissingException">The copy to go on from is not there.</exception>
    public static async Task<IBlockLog> OpenAsync(
        IBlockStore store, IJournal journal, ISnapshotStore snapshots, string type, string shard, LogOrigin origin, long term)
    {
        var fence = new WriterFence($"{type}/{shard}", term);
        await snapshots.RaiseFenceAsync(fence, CancellationToken.None).ConfigureAwait(false);
        var height = await journal.RaiseFenceAsync(fence, CancellationToken.None).ConfigureAwait(false);
        var name = NameOf(type, shard, origin.Version);
        if (await store.OpenLogAsync(name, CancellationToken.None).ConfigureAwait(false) is { } begun)
        {
            if (begun.Term >= origin.Version) return begun;
            await begun.DisposeAsync().ConfigureAwait(false);
        }
        if (origin.From is { } from)
        {
            var source = await store.OpenLogAsync(NameOf(type, shard, origin.Previous), CancellationToken.None).ConfigureAwait(false);
            if (source is null) throw new CopyMissingException($"{fence.Scope} was to go on from {from}, which is not on this disk");
            await using (source.ConfigureAwait(false))
            {
                if (source.StoreId != from.StoreId) throw new CopyMissingException($"{fence.Scope} was to go on from {from}; on this disk is {source.StoreId:x16}");
                if (await CommonHistory.ContinuesAsync(source, journal, fence, height).ConfigureAwait(false))
                    return await CopyAsync(store, name, source, origin.Version).ConfigureAwait(false);
            }
        }
        var log = await store.CreateAsync(name, StartAt(fence.Scope, origin.Version, height), CancellationToken.None).ConfigureAwait(false);
        log.RecordTerm(origin.Version);
        return log;
    }

    private static async Task<IBlockLog> CopyAsync(IBlockStore store, string name, IBlockLog source, long term)
    {
        var log = await store.CreateAsync(name, source.Start, CancellationToken.None).ConfigureAwait(false);
        for (var height = source.Start.Height + 1; height <= source.Head.Height; height++) log.Append(source.Read(height));
        await log.FlushAsync().ConfigureAwait(false); // Before it counts as complete.
        log.RecordTerm(term);
        return log;
    }
}

/// <summary>The copy that a shard was to go on from is not there: an operator has to decide again.</summary>
internal sealed class CopyMissingException(string message) : Exception(message);
