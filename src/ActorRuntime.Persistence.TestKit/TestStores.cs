using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>A journal in memory that answers as its test says.</summary>
internal sealed class TestJournal : IOrderedJournal
{
    private readonly InMemoryJournal _inner = new();

    public JournalWriteBehavior Writes { get; } = new();

    public JournalRecoveryBehavior Recoveries { get; } = new();

    public Task OpenAsync(CancellationToken cancellationToken) => _inner.OpenAsync(cancellationToken);

    public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => _inner.RaiseFenceAsync(fence, cancellationToken);

    public async Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        await Writes.BeforeAsync();
        await _inner.AppendAsync(events);
        await Writes.AfterAsync();
    }

    public async Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        await Writes.BeforeAsync();
        var height = await _inner.AppendCommittedAsync(fence, afterHeight, blocks);
        await Writes.AfterAsync();
        return height;
    }

    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Recoveries.BeforeAsync();
        await foreach (var stored in _inner.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken)) yield return stored;
    }

    public async Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken)
    {
        await Recoveries.BeforeAsync();
        return await _inner.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);
    }

    public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) => _inner.DeleteAsync(writer, persistenceId, toSequenceNr);

    public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
        _inner.ReadPersistenceIdsAsync(afterId, max, cancellationToken);

    public Task<IReadOnlyList<OrderedEvent>> ReadOrderedAsync(string? tag, long afterPosition, int max, CancellationToken cancellationToken) =>
        _inner.ReadOrderedAsync(tag, afterPosition, max, cancellationToken);

    public Task<long> ReadHighestPositionAsync(CancellationToken cancellationToken) => _inner.ReadHighestPositionAsync(cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}

/// <summary>A snapshot store in memory that answers as its test says.</summary>
internal sealed class TestSnapshotStore : ISnapshotStore
{
    private readonly InMemorySnapshotStore _inner = new();

    public SnapshotStoreSaveBehavior Saves { get; } = new();

    public SnapshotStoreLoadBehavior Loads { get; } = new();

    public SnapshotStoreDeleteBehavior Deletions { get; } = new();

    public Task OpenAsync(CancellationToken cancellationToken) => _inner.OpenAsync(cancellationToken);

    public async Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        await Loads.BeforeAsync();
        return await _inner.LoadAsync(persistenceId, criteria, cancellationToken);
    }

    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => _inner.RaiseFenceAsync(fence, cancellationToken);

    public async Task SaveAsync(WriterFence writer, StoredSnapshot snapshot)
    {
        await Saves.BeforeAsync();
        await _inner.SaveAsync(writer, snapshot);
    }

    public async Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria)
    {
        await Deletions.BeforeAsync();
        await _inner.DeleteAsync(writer, persistenceId, criteria);
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
