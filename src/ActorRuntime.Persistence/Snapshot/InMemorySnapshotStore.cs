using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Snapshot;

/// <summary>Snapshots in memory; several systems of one process may share an instance. Answers before the call returns.</summary>
public sealed class InMemorySnapshotStore : ISnapshotStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedList<long, StoredSnapshot>> _snapshots = [];
    private readonly Dictionary<string, long> _terms = [];
    private readonly Queue<JournalException> _faults = [];

    /// <summary>Lets a coming call fail.</summary>
    public void FailNext(JournalException cause)
    {
        lock (_lock) _faults.Enqueue(cause);
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_faults.TryDequeue(out var fault)) return Task.FromException<StoredSnapshot?>(fault);
            var all = _snapshots.GetValueOrDefault(persistenceId)?.Values ?? [];
            return Task.FromResult(all.LastOrDefault(snapshot => criteria.Includes(snapshot.Metadata)));
        }
    }

    /// <inheritdoc/>
    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var term = _terms.GetValueOrDefault(fence.Scope);
            if (term > fence.Term) return Task.FromException(new FencedException(fence.Scope, fence.Term, term));
            _terms[fence.Scope] = fence.Term;
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot)
    {
        lock (_lock)
        {
            if (_faults.TryDequeue(out var fault)) return Task.FromException(fault);
            if (Refusal(writer) is { } refusal) return Task.FromException(refusal);
            var id = snapshot.Metadata.PersistenceId;
            if (!_snapshots.TryGetValue(id, out var all)) _snapshots.Add(id, all = []);
            all[snapshot.Metadata.SequenceNr] = snapshot;
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_lock)
        {
            if (_faults.TryDequeue(out var fault)) return Task.FromException(fault);
            if (Refusal(writer) is { } refusal) return Task.FromException(refusal);
            if (!_snapshots.TryGetValue(persistenceId, out var all)) return Task.CompletedTask;
            foreach (var number in all.Where(entry => criteria.Includes(entry.Value.Metadata)).Select(entry => entry.Key).ToArray())
            {
                all.Remove(number);
            }
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private FencedException? Refusal(WriterFence writer)
    {
        if (writer.IsNone) return null;
        var term = _terms.GetValueOrDefault(writer.Scope);
        return term == writer.Term ? null : new FencedException(writer.Scope, writer.Term, term);
    }
}
