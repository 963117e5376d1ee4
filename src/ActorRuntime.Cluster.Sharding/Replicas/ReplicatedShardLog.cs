using System.Runtime.CompilerServices;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Shards;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Events and snapshots of a shard's units in the shard's replicated log. Any thread.</summary>
/// <param name="replica">The log on this node, which leads.</param>
internal sealed class ReplicatedShardLog(IActorRef replica, WriterFence writer) : ShardLog, ISnapshotStore
{
    private const int PageBytes = 1 << 20;

    public override WriterFence Writer => writer;

    public override Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        JournalEvent.Check(events);
        return Write(new WriteCall(writer.Term, events, null));
    }

    public override async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = fromSequenceNr; next <= toSequenceNr;)
        {
            var from = next;
            var page = await Read(records => records.Read(persistenceId, from, toSequenceNr, PageBytes), cancellationToken).ConfigureAwait(false);
            if (page.Count == 0) yield break;
            foreach (var stored in page) yield return stored;
            next = page[^1].SequenceNr + 1;
        }
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        Read(records => records.Highest(persistenceId), cancellationToken);

    public override Task DeleteAsync(string persistenceId, long toSequenceNr) =>
        Write(new WriteCall(writer.Term, null, new ShardRecord.EventsDeleted(persistenceId, toSequenceNr)));

    Task ISnapshotStore.OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        Read(records => records.Load(persistenceId, criteria), cancellationToken);

    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => Task.CompletedTask; // The log's own term is the fence.

    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot) => Write(new WriteCall(writer.Term, null, new ShardRecord.Snapshot(snapshot)));

    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) =>
        Write(new WriteCall(writer.Term, null, new ShardRecord.SnapshotsDeleted(persistenceId, criteria)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task Write(WriteCall call)
    {
        replica.Tell(call, ActorRefs.NoSender);
        return call.Done;
    }

    private Task<T> Read<T>(Func<ShardRecords, T> read, CancellationToken cancellationToken)
    {
        var call = new ReadCall<T>(writer.Term, read);
        replica.Tell(call, ActorRefs.NoSender);
        return call.Answered.WaitAsync(cancellationToken);
    }
}
