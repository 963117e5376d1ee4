using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log in a SQLite file that all node processes of one machine share.</summary>
/// <remarks>
/// Two workers with a connection each: one for the log, one for the witness rows, so that a renewal never waits for a long read.
/// A connection that met an input/output error or an unknown outcome is closed; the next call opens a new one, which reads what the disk holds.
/// </remarks>
public sealed class SqliteControlLogStore : IControlLogStore
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly SqliteControlLogOptions _options;
    private readonly RuntimeEnvironment _environment;
    private readonly Lane _log;
    private readonly Lane _witness;

    /// <param name="options">Validated here.</param>
    /// <param name="environment">Gives the two workers and the clocks.</param>
    public SqliteControlLogStore(SqliteControlLogOptions options, RuntimeEnvironment environment)
    {
        _options = options.Validated();
        _environment = environment;
        _log = new Lane(_options, environment, "control-log");
        _witness = new Lane(_options, environment, "control-log-witness");
    }

    /// <inheritdoc/>
    public async ValueTask<ControlLogIdentity> OpenAsync(CancellationToken cancellationToken)
    {
        var start = _environment.Now;
        while (true)
        {
            try
            {
                var identity = await _log.RunAsync("open", static connection => connection.Identity, cancellationToken).ConfigureAwait(false);
                _log.Opened = _witness.Opened = identity;
                return identity;
            }
            catch (StoreUnreachableException e) when (_environment.Now - start >= _options.OpenTimeout)
            {
                if (e.InnerException is not SqliteFailureException { IsBusy: true }) throw;
                throw new StoreRefusedException($"{_options.Path}: a program that is no node of this cluster holds an exclusive lock since " +
                    $"at least {_options.OpenTimeout.TotalSeconds:0.#} s; `fuser -v {_options.Path}` names it. End it, or configure another path",
                    e);
            }
            catch (StoreUnreachableException)
            {
                await Task.Delay(OpenRetryDelay, _environment.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> ReadHeadAsync(CancellationToken cancellationToken) =>
        new(_log.RunAsync("read the head", static connection => connection.Head(), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ControlLogRow>> ReadAsync(long fromVersion, int maxRows, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        return await _log.RunAsync("read", connection => connection.Read(fromVersion, maxRows), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<ControlLogBase> ReadBaseAsync(long known, CancellationToken cancellationToken) =>
        new(_log.RunAsync("read the checkpoint", connection => connection.ReadBase(known), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<AppendOutcome> AppendAsync(ControlLogAppend append, CancellationToken cancellationToken)
    {
        append.ThrowIfInvalid();
        try
        {
            return await _log.RunAsync("append", Append, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnreachableException e) when (e.InnerException is UnansweredException)
        {
            return AppendOutcome.Unknown;
        }

        AppendOutcome Append(ControlLogConnection connection)
        {
            var outcome = connection.Append(append, _environment.Time.GetUtcNow());
            if (outcome == AppendOutcome.Unknown) _log.Reopen();
            return outcome;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> RenewWitnessAsync(string node, ulong incarnation, CancellationToken cancellationToken) =>
        new(_witness.RunAsync("renew the witness row", connection => connection.Renew(node, incarnation), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WitnessRow>> ReadWitnessesAsync(CancellationToken cancellationToken) =>
        await _witness.RunAsync("read the witness rows", static connection => connection.Witnesses(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _witness.DisposeAsync().ConfigureAwait(false);
        await _log.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One worker with its connection.</summary>
    private sealed class Lane(SqliteControlLogOptions options, RuntimeEnvironment environment, string name) : IAsyncDisposable
    {
        private readonly BlockingCalls _calls = new(environment, name, options.CallTimeout);
        private ControlLogConnection? _connection; // The worker's alone.

        /// <summary>Set once the store was opened: from then on the file must exist and hold this log.</summary>
        public ControlLogIdentity? Opened { get; set; }

        public async Task<T> RunAsync<T>(string doing, Func<ControlLogConnection, T> call, CancellationToken cancellationToken)
        {
            try
            {
                return await _calls.RunAsync(() => Call(doing, call), cancellationToken).ConfigureAwait(false);
            }
            catch (UnansweredException e)
            {
                throw new StoreUnreachableException($"{options.Path}: the disk gave no answer within {options.CallTimeout}, tried to {doing}", e);
            }
        }

        /// <summary>Closes the connection; the next call opens a new one. On the worker only.</summary>
        public void Reopen()
        {
            _connection?.Dispose();
            _connection = null;
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await _calls.RunAsync<object?>(() => { Reopen(); return null; }, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The disk does not answer, or it was closed before: nothing is left to do.
            }
            _calls.Dispose();
        }

        private T Call<T>(string doing, Func<ControlLogConnection, T> call)
        {
            try
            {
                return call(_connection ??= Connect());
            }
            catch (SqliteFailureException e)
            {
                if (!e.IsBusy) Reopen();
                throw SqliteFile.Translate(e, options.Path, doing);
            }
        }

        private ControlLogConnection Connect()
        {
            var connection = ControlLogConnection.Open(options, mayCreate: Opened is null);
            var found = connection.Identity.StoreId;
            if (Opened is not { } opened || found == opened.StoreId) return connection;
            connection.Dispose();
            throw new StoreRefusedException($"{options.Path}: holds another control log now (store {found:x16}, was {opened.StoreId:x16}). " +
                "Put the original file back, or restart the node to join what is there now");
        }
    }
}
