using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>Snapshots in a SQLite file that all node processes of one machine share; it may be the journal's.</summary>
/// <remarks>One worker and connection of its own, so that a large snapshot queues before no event.</remarks>
public sealed class SqliteSnapshotStore : ISnapshotStore
{
    private readonly SqliteJournalOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly BlockingCalls _calls;
    private SnapshotConnection? _connection; // The worker's alone.
    private bool _wasOpened; // Likewise.

    /// <param name="options">Validated here.</param>
    /// <param name="environment">Gives the worker and the clocks.</param>
    public SqliteSnapshotStore(SqliteJournalOptions options, RuntimeEnvironment environment)
    {
        (_options, _environment) = (options.Validated(), environment);
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
    }

    private async Task RunAsync(string doing, Action<SnapshotConnection> call, CancellationToken cancellationToken = default)
    {
        Func<SnapshotConnection, bool> andAnswer = connection =>
        {
            call(connection);
            return true;
        };
        await RunAsync(doing, andAnswer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> RunAsync<T>(string doing, Func<SnapshotConnection, T> call, CancellationToken cancellationToken = default)
    {
        var deadline = _environment.Now + _options.WriteTimeout;
        while (true)
        {
            try
            {
                return await _calls.RunAsync(() => Call(call), cancellationToken).ConfigureAwait(false);
            }
            catch (SqliteFailureException e) when (e.IsBusy && _environment.Now < deadline)
            {
                // Other processes commit: the file is free again soon.
            }
            catch (SqliteFailureException e)
            {
                var translated = SqliteFile.Translate(e, _options.Path, doing);
                throw new JournalException(translated.Message, translated);
            }
            catch (IOException e) when (e is not JournalException and not FencedException)
            {
                throw new JournalException($"{_options.Path}: could not {doing}: {e.Message}", e);
            }
        }
    }

    private T Call<T>(Func<SnapshotConnection, T> call)
    {
        try
        {
            _connection ??= SnapshotConnection.Open(_options, mayCreate: !_wasOpened);
            _wasOpened = true;
            return call(_connection);
        }
        catch (SqliteFailureException e)
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
