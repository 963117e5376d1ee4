using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>Snapshots in a database; it may be the journal's.</summary>
/// <remarks>One worker and connection of its own, so that a large snapshot queues before no event.</remarks>
public abstract class SqlSnapshotStore : ISnapshotStore
{
    private readonly ISnapshotDatabase _database;
    private readonly TimeSpan _writeTimeout;
    private readonly RuntimeEnvironment _environment;
    private readonly BlockingCalls _calls;
    private ISnapshotConnection? _connection; // The worker's alone.
    private bool _wasOpened; // Likewise.

    /// <param name="database">Owned.</param>
    /// <param name="options">Validated before.</param>
    /// <param name="environment">Gives the worker and the clocks.</param>
    private protected SqlSnapshotStore(ISnapshotDatabase database, SqlJournalOptions options, RuntimeEnvironment environment)
    {
        (_database, _writeTimeout, _environment) = (database, options.WriteTimeout, environment);
        _calls = new BlockingCalls(environment, "snapshots", options.WriteTimeout);
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => RunAsync("open", static _ => { }, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        RunAsync("load a snapshot", connection => connection.Load(persistenceId, criteria), cancellationToken);

    /// <inheritdoc/>
    public Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(fence.Scope);
        return RunAsync("raise a fence", connection => connection.Raise(fence), cancellationToken);
    }

    /// <inheritdoc/>
    public Task SaveAsync(WriterFence writer, StoredSnapshot snapshot) =>
        RunAsync("save a snapshot", connection => connection.Save(writer, snapshot));

    /// <inheritdoc/>
    public Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) =>
        RunAsync("delete snapshots", connection => connection.Delete(writer, persistenceId, criteria));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _calls.RunAsync<object?>(() => { Close(); return null; }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The disk does not answer, or it was closed before: nothing is left to do.
        }
        _calls.Dispose();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task RunAsync(string doing, Action<ISnapshotConnection> call, CancellationToken cancellationToken = default)
    {
        Func<ISnapshotConnection, bool> andAnswer = connection =>
        {
            call(connection);
            return true;
        };
        await RunAsync(doing, andAnswer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> RunAsync<T>(string doing, Func<ISnapshotConnection, T> call, CancellationToken cancellationToken = default)
    {
        var deadline = _environment.Now + _writeTimeout;
        while (true)
        {
            try
            {
                return await _calls.RunAsync(() => Call(call), cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseFailureException e) when (e.IsBusy && _environment.Now < deadline)
            {
                // Other processes commit: the store is free again soon.
            }
            catch (Exception e) when (IsPassing(e) && _environment.Now < deadline)
            {
                await Task.Delay(_database.RetryDelay, _environment.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseFailureException e)
            {
                var translated = e.Translate(_database.Name, doing);
                throw new JournalException(translated.Message, translated);
            }
            catch (IOException e) when (e is not JournalException and not FencedException)
            {
                throw new JournalException($"{_database.Name}: could not {doing}: {e.Message}", e);
            }
        }
    }

    private bool IsPassing(Exception e) =>
        e is DatabaseFailureException { IsPassing: true } || (e is StoreUnreachableException && _database.RetryDelay > TimeSpan.Zero);

    private T Call<T>(Func<ISnapshotConnection, T> call)
    {
        try
        {
            _connection ??= _database.Open(mayCreate: !_wasOpened);
            _wasOpened = true;
            return call(_connection);
        }
        catch (DatabaseFailureException e)
        {
            if (!e.IsBusy) Close();
            throw;
        }
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
