using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Tests;

/// <summary>Hands every call to another journal a little later, on another thread.</summary>
internal sealed class SlowJournal(IJournal inner) : IJournal
{
    private readonly Lock _lock = new();
    private Task _appends = Task.CompletedTask;

    public Task OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    public async Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await inner.RaiseFenceAsync(fence, cancellationToken).ConfigureAwait(false);
    }

    public Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        lock (_lock)
        {
            var append = _appends.ContinueWith(_ => inner.AppendAsync(events), TaskScheduler.Default).Unwrap();
            _appends = append.ContinueWith(_ => { }, TaskScheduler.Default);
            return append;
        }
    }

    public async Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        await Task.Yield();
        return await inner.AppendCommittedAsync(fence, afterHeight, blocks).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await AfterAppends().WaitAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var stored in inner.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken).ConfigureAwait(false))
        {
            yield return stored;
            await Task.Run(() => { }, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken)
    {
        await AfterAppends().WaitAsync(cancellationToken).ConfigureAwait(false);
        return await inner.ReadHighestSequenceNrAsync(persistenceId, cancellationToken).ConfigureAwait(false);
    }

    public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) =>
        Task.Run(() => inner.DeleteAsync(writer, persistenceId, toSequenceNr));

    public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
        inner.ReadPersistenceIdsAsync(afterId, max, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Part of the contract: a read sees every earlier append.</summary>
    private Task AfterAppends()
    {
        lock (_lock) return _appends;
    }
}
