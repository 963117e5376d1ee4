using System.Runtime.CompilerServices;

namespace ActorRuntime.Persistence.Journal;

/// <summary>A journal in memory; several systems of one process may share an instance.</summary>
/// <remarks>Every append is answered before the call returns, so that a simulation stays in one thread. Keeps the contract of
/// <see cref="IJournal"/>: the SQL journals pass the same conformance tests.</remarks>
public sealed class InMemoryJournal : IOrderedJournal
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, List<JournalEvent>> _events = new(StringComparer.Ordinal);
    private readonly List<(long Position, JournalEvent Event)> _ordered = [];
    private readonly Dictionary<string, long> _deletedTo = [];
    private readonly Dictionary<string, (long Term, long Height)> _fences = [];
    private readonly Queue<JournalFault> _appendFaults = [];
    private readonly Queue<Exception> _readFaults = [];
    private long _position;

    /// <summary>Lets a coming append, after those already named here, fail.</summary>
    public void FailNextAppend(JournalFault fault)
    {
        lock (_lock) _appendFaults.Enqueue(fault);
    }

    /// <summary>Lets a coming read fail.</summary>
    public void FailNextRead(Exception cause)
    {
        lock (_lock) _readFaults.Enqueue(cause);
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var (term, height) = _fences.GetValueOrDefault(fence.Scope);
            if (term > fence.Term) return Task.FromException<long>(new FencedException(fence.Scope, fence.Term, term));
            _fences[fence.Scope] = (fence.Term, height);
            return Task.FromResult(height);
        }
    }

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        JournalEvent.Check(events);
        lock (_lock)
        {
            if (!_appendFaults.TryDequeue(out var fault)) return Append(events);
            if (fault == JournalFault.Silent) return new TaskCompletionSource().Task;
            if (fault == JournalFault.Rejected) return Task.FromException(new EventRejectedException("told to reject"));
            if (fault is JournalFault.UnknownApplied or JournalFault.SilentApplied) _ = Append(events);
            if (fault == JournalFault.SilentApplied) return new TaskCompletionSource().Task;
            return Task.FromException(new JournalException("told to fail"));
        }
    }

    /// <inheritdoc/>
    public Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        blocks.Check(fence, afterHeight);
        lock (_lock)
        {
            if (!_appendFaults.TryDequeue(out var fault)) return AppendCommitted(fence, afterHeight, blocks);
            if (fault is JournalFault.UnknownApplied or JournalFault.SilentApplied) _ = AppendCommitted(fence, afterHeight, blocks);
            return fault is JournalFault.Silent or JournalFault.SilentApplied
                ? new TaskCompletionSource<long>().Task
                : Task.FromException<long>(new JournalException("told to fail"));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<JournalEvent> found;
        lock (_lock)
        {
            ThrowReadFault();
            found = _events.GetValueOrDefault(persistenceId)?
                .FindAll(stored => stored.SequenceNr >= fromSequenceNr && stored.SequenceNr <= toSequenceNr) ?? [];
        }
        foreach (var stored in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return stored;
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_readFaults.TryDequeue(out var fault)) return Task.FromException<long>(fault);
            return Task.FromResult(Highest(persistenceId));
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr)
    {
        lock (_lock)
        {
            if (FenceRefusal(writer) is { } refusal) return Task.FromException(refusal);
            Delete(persistenceId, toSequenceNr);
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var ids = _events.Where(stream => stream.Value.Count > 0 && string.CompareOrdinal(stream.Key, afterId) > 0);
            return Task.FromResult<IReadOnlyList<string>>([.. ids.Select(stream => stream.Key).Take(max)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<OrderedEvent>> ReadOrderedAsync(string? tag, long afterPosition, int max, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_readFaults.TryDequeue(out var fault)) return Task.FromException<IReadOnlyList<OrderedEvent>>(fault);
            var found = new List<OrderedEvent>();
            for (var i = IndexAfter(afterPosition); i < _ordered.Count && found.Count < max; i++)
            {
                if (tag is null || _ordered[i].Event.Tags.Contains(tag)) found.Add(new OrderedEvent(_ordered[i].Position, _ordered[i].Event));
            }
            return Task.FromResult<IReadOnlyList<OrderedEvent>>(found);
        }
    }

    /// <inheritdoc/>
    public Task<long> ReadHighestPositionAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_position);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task Append(IReadOnlyList<JournalEvent> events)
    {
        var (id, writer) = (events[0].PersistenceId, events[0].Writer);
        if (FenceRefusal(writer) is { } refusal) return Task.FromException(refusal);
        var highest = Highest(id);
        if (events[0].SequenceNr <= highest) return Task.FromException(new SequenceTakenException(events[0], highest));
        foreach (var added in events) Add(added);
        if (!writer.IsNone) _fences[writer.Scope] = (writer.Term, _fences[writer.Scope].Height + 1);
        return Task.CompletedTask;
    }

    private Task<long> AppendCommitted(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        if (FenceRefusal(fence) is { } refusal) return Task.FromException<long>(refusal);
        var height = _fences[fence.Scope].Height;
        if (height != afterHeight) return Task.FromResult(height);
        foreach (var added in blocks.Events)
        {
            var highest = Highest(added.PersistenceId);
            if (added.SequenceNr <= highest) return Task.FromException<long>(new SequenceTakenException(added, highest));
        }
        foreach (var added in blocks.Events) Add(added);
        foreach (var deletion in blocks.Deletions) Delete(deletion.PersistenceId, deletion.ToSequenceNr);
        _fences[fence.Scope] = (fence.Term, blocks.ToHeight);
        return Task.FromResult(blocks.ToHeight);
    }

    private void Add(JournalEvent added)
    {
        if (!_events.TryGetValue(added.PersistenceId, out var stream)) _events.Add(added.PersistenceId, stream = []);
        stream.Add(added);
        _ordered.Add((++_position, added));
    }

    private void Delete(string persistenceId, long toSequenceNr)
    {
        var to = Math.Min(toSequenceNr, Highest(persistenceId));
        if (to > _deletedTo.GetValueOrDefault(persistenceId)) _deletedTo[persistenceId] = to;
        _events.GetValueOrDefault(persistenceId)?.RemoveAll(stored => stored.SequenceNr <= to);
        _ordered.RemoveAll(stored => stored.Event.PersistenceId == persistenceId && stored.Event.SequenceNr <= to);
    }

    private FencedException? FenceRefusal(WriterFence writer)
    {
        if (writer.IsNone) return null;
        var current = _fences.GetValueOrDefault(writer.Scope).Term;
        return current == writer.Term ? null : new FencedException(writer.Scope, writer.Term, current);
    }

    private int IndexAfter(long position)
    {
        var (low, high) = (0, _ordered.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ordered[middle].Position <= position) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private long Highest(string persistenceId)
    {
        var deleted = _deletedTo.GetValueOrDefault(persistenceId);
        return _events.TryGetValue(persistenceId, out var stream) && stream.Count > 0 ? Math.Max(deleted, stream[^1].SequenceNr) : deleted;
    }

    private void ThrowReadFault()
    {
        if (_readFaults.TryDequeue(out var fault)) throw fault;
    }
}

/// <summary>What becomes of an append that is told to fail.</summary>
public enum JournalFault
{
    /// <summary>Not written; the caller is told it failed.</summary>
    Failed,

    /// <summary>Written; the caller is told it failed.</summary>
    UnknownApplied,

    /// <summary>Not written; the caller is told that the events cannot be stored.</summary>
    Rejected,

    /// <summary>Not written; the caller is never answered.</summary>
    Silent,

    /// <summary>Written; the caller is never answered.</summary>
    SilentApplied,
}
