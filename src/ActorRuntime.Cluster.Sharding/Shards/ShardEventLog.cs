using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>The events of a shard's units in the shared journal; tells the shard's actor when the journal refuses them.</summary>
/// <remarks>A replicated log of the shard takes this place later: units see <see cref="IEventLog"/> alone.</remarks>
internal sealed class ShardEventLog(IJournal journal, WriterFence writer, IActorRef shard) : IEventLog
{
    private volatile TaskCompletionSource _serving = new();

    public WriterFence Writer => writer;

    public Task WhenServing => _serving.Task;

    public Task AppendAsync(IReadOnlyList<JournalEvent> events) => Watched(journal.AppendAsync(events));

    public IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken) =>
        journal.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken);

    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);

    public Task DeleteAsync(string persistenceId, long toSequenceNr) => Watched(journal.DeleteAsync(writer, persistenceId, toSequenceNr));

    /// <summary>Units may act from now on. Only the shard's actor calls this.</summary>
    public void Serve() => _serving.TrySetResult();

    /// <summary>Units that recover from now on wait. Only the shard's actor calls this.</summary>
    public void Hold()
    {
        if (_serving.Task.IsCompleted) _serving = new TaskCompletionSource();
    }

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
