using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>Where the events of a shard's units go in one term of its leader: the shared journal, or the shard's replicated log.</summary>
internal abstract class ShardLog : IEventLog
{
    private volatile TaskCompletionSource _serving = new();

    public abstract WriterFence Writer { get; }

    public Task WhenServing => _serving.Task;

    public abstract Task AppendAsync(IReadOnlyList<JournalEvent> events);

    public abstract IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken);

    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken);

    public abstract Task DeleteAsync(string persistenceId, long toSequenceNr);

    /// <summary>Units may act from now on. Only the shard's actor calls this.</summary>
    public virtual void Serve() => _serving.TrySetResult();

    /// <summary>Units that recover from now on wait. Only the shard's actor calls this.</summary>
    public void Hold()
    {
        if (_serving.Task.IsCompleted) _serving = new TaskCompletionSource();
    }
}
