using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>The events of a shard's units in the shared journal; tells the shard's actor when the journal refuses them.</summary>
internal sealed class ShardEventLog(IJournal journal, WriterFence writer, IActorRef shard) : ShardLog
{
    public override WriterFence Writer => writer;

    public override Task AppendAsync(IReadOnlyList<JournalEvent> events) => Watched(journal.AppendAsync(events));

    public override IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken) =>
        journal.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken);

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);

    public override Task DeleteAsync(string persistenceId, long toSequenceNr) => Watched(journal.DeleteAsync(writer, persistenceId, toSequenceNr));

    private async Task Watched(Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (FencedException fenced)
        {
            shard.Tell(new WriteFenced(fenced.Message), ActorRefs.NoSender);
            throw;
        }
    }
}
