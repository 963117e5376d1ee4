using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>A journal in a database: one writer with group commit, one reader, the same for every database.</summary>
/// <remarks>One worker writes, another one reads in pages, so that long recoveries do not delay writes or each other.</remarks>
public abstract class SqlJournal : IOrderedJournal
{
    private readonly IJournalDatabase _database;
    private readonly SqlJournalOptions _options;
    private readonly JournalWriter _writer;
    private readonly BlockingCalls _reads;
    private IJournalConnection? _readConnection; // The read worker's alone.

    /// <param name="database">Owned.</param>
    /// <param name="options">Validated before.</param>
    /// <param name="environment">Gives the workers and the clocks.</param>
    private protected SqlJournal(IJournalDatabase database, SqlJournalOptions options, RuntimeEnvironment environment)
    {
        (_database, _options) = (database, options);
        _writer = new JournalWriter(database, options, environment);
        _reads = new BlockingCalls(environment, "journal-read", options.ReadTimeout);
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => _writer.RunAsync(static _ => 0).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(fence.Scope);
        return _writer.RunAsync(connection => connection.Raise(fence)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<JournalEvent> events)
    {
        JournalEvent.Check(events);
        foreach (var added in events)
        {
            if (added.Payload.Length > _options.EventBytesMax) return Task.FromException(TooLarge(added));
            if (WhyUnstorable(added) is { } why) return Task.FromException(new EventRejectedException($"{added.PersistenceId}: event {added.SequenceNr} {why}"));
        }
        return _writer.AppendAsync(events);
    }

    /// <inheritdoc/>
    /// <remarks>Events are taken whatever their size: they were promised to be kept.</remarks>
    public Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        blocks.Check(fence, afterHeight);
        return _writer.RunAsync(connection => connection.WriteBehind(fence, afterHeight, blocks));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await AfterQueuedWrites(cancellationToken).ConfigureAwait(false);
        while (fromSequenceNr <= toSequenceNr)
        {
            var from = fromSequenceNr;
            var page = await RunAsync(connection => connection.Read(persistenceId, from, toSequenceNr, _options.ReadPageEvents), cancellationToken)
                .ConfigureAwait(false);
            foreach (var stored in page) yield return stored;
            if (page.Count < _options.ReadPageEvents) yield break;
            fromSequenceNr = page[^1].SequenceNr + 1;
        }
    }

    /// <inheritdoc/>
    public async Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken)
    {
        await AfterQueuedWrites(cancellationToken).ConfigureAwait(false);
        return await RunAsync(connection => connection.Highest(persistenceId), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) => _writer.RunAsync(connection =>
    {
        connection.Delete(writer, persistenceId, toSequenceNr);
        return 0;
    });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
        await RunAsync(connection => connection.Ids(afterId, max), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<OrderedEvent>> ReadOrderedAsync(
        string? tag, long afterPosition, int max, CancellationToken cancellationToken) =>
        await RunAsync(connection => connection.ReadOrdered(tag, afterPosition, max), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<long> ReadHighestPositionAsync(CancellationToken cancellationToken) =>
        RunAsync(static connection => connection.HighestPosition(), cancellationToken);

    /// <summary>The highest term that any writer has raised, 0 when none has: an adopted control log goes on above it (SAFETY 1A-4).</summary>
    public Task<long> ReadHighestTermAsync(CancellationToken cancellationToken) =>
        RunAsync(static connection => connection.HighestTerm(), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        try
        {
            await _reads.RunAsync<object?>(() => { CloseReader(); return null; }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The disk does not answer, or it was closed before: nothing is left to do.
        }
        _reads.Dispose();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the database cannot take of an event, as in "has ..."; null for nothing. Any thread.</summary>
    private protected virtual string? WhyUnstorable(JournalEvent added) => null;

    /// <summary>An actor that is recreated must see what its predecessor's last append came to.</summary>
    private Task AfterQueuedWrites(CancellationToken cancellationToken) =>
        _writer.IsBusy ? _writer.RunAsync(static _ => 0).WaitAsync(cancellationToken) : Task.CompletedTask;

    private async Task<T> RunAsync<T>(Func<IJournalConnection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _reads.RunAsync(() => Read(read), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is UnansweredException or StoreUnreachableException or StoreRefusedException or FlushFailedException)
        {
            throw new JournalException($"{_database.Name}: events cannot be read: {e.Message}", e);
        }
    }

    private T Read<T>(Func<IJournalConnection, T> read)
    {
        try
        {
            _readConnection ??= _database.OpenReader();
            return read(_readConnection);
        }
        catch (DatabaseFailureException e)
        {
            CloseReader();
            throw e.Translate(_database.Name, "read events");
        }
    }

    private void CloseReader()
    {
        _readConnection?.Dispose();
        _readConnection = null;
    }

    private EventRejectedException TooLarge(JournalEvent added) => new(
        $"{added.PersistenceId}: event {added.SequenceNr} (manifest '{added.Manifest}') has {added.Payload.Length} bytes, " +
        $"the limit is {_options.EventBytesMax} (event-bytes-max)");
}
