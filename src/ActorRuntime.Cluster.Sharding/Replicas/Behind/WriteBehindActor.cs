using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>Carries out what a shard's <see cref="WriteBehindCore"/> asks for: takes blocks apart and writes them, off the turn of the log. Child
/// of the <see cref="ReplicaActor"/>, which gets the answers.</summary>
internal sealed class WriteBehindActor : ReceiveActor
{
    private readonly string _scope;
    private readonly PersistenceExtension _persistence;

    public WriteBehindActor(string scope, PersistenceExtension persistence)
    {
        (_scope, _persistence) = (scope, persistence);
        Receive<RaiseBehind>(raise => Answer(raise.Term, RaiseAsync(new WriterFence(_scope, raise.Term))));
        Receive<WriteBlocks>(write => Answer(write.Term, WriteAsync(new WriterFence(_scope, write.Term), write.After, write.Blocks)));
    }

    private static void Answer(long term, Task<long> height) => _ = height.PipeTo(
        Context.Parent, success: reached => new StoreAnswered(term, reached, null), failure: cause => new StoreAnswered(term, 0, cause));

    private async Task<long> RaiseAsync(WriterFence fence)
    {
        await _persistence.SnapshotStore.RaiseFenceAsync(fence, CancellationToken.None).ConfigureAwait(false);
        return await _persistence.Journal.RaiseFenceAsync(fence, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Snapshots go first: once the height has moved the log may be trimmed, and events before a snapshot be deleted.</summary>
    private async Task<long> WriteAsync(WriterFence fence, long after, ImmutableArray<Block> blocks)
    {
        var records = BlockRecords.Of(_scope, blocks);
        foreach (var record in records.Snapshots)
        {
            if (record is ShardRecord.Snapshot(var stored)) await _persistence.SnapshotStore.SaveAsync(fence, stored).ConfigureAwait(false);
            else if (record is ShardRecord.SnapshotsDeleted(var id, var criteria)) await _persistence.SnapshotStore.DeleteAsync(fence, id, criteria).ConfigureAwait(false);
        }
        return await _persistence.Journal.AppendCommittedAsync(fence, after, records.ForJournal).ConfigureAwait(false);
    }
}

/// <summary>Raise the fence of the persistent store and read its height; answered by <see cref="StoreAnswered"/>.</summary>
internal sealed record RaiseBehind(long Term);

/// <summary>Write the blocks above a height; answered by <see cref="StoreAnswered"/>.</summary>
internal sealed record WriteBlocks(long Term, long After, ImmutableArray<Block> Blocks);

/// <summary>What the store said.</summary>
/// <param name="Height">Of the scope, when nothing failed.</param>
internal sealed record StoreAnswered(long Term, long Height, Exception? Failure);
