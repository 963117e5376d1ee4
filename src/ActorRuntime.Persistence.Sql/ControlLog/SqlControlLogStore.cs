using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log in a database.</summary>
/// <remarks>
/// Two workers with a connection each: one for the log, one for the witness rows, so that a renewal never waits for a long read.
/// A connection that met a failure or an unknown outcome is closed; the next call opens a new one, which reads what is really stored.
/// </remarks>
public abstract class SqlControlLogStore : IControlLogStore
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly IControlLogDatabase _database;
    private readonly TimeSpan _openTimeout;
    private readonly RuntimeEnvironment _environment;
    private readonly Lane _log;
    private readonly Lane _witness;

    /// <param name="database">Owned.</param>
    /// <param name="callTimeout">How long a caller waits for its turn and the answer.</param>
    /// <param name="openTimeout">How long opening insists.</param>
    /// <param name="environment">Gives the two workers and the clocks.</param>
    private protected SqlControlLogStore(IControlLogDatabase database, TimeSpan callTimeout, TimeSpan openTimeout, RuntimeEnvironment environment)
    {
        (_database, _openTimeout, _environment) = (database, openTimeout, environment);
        _log = new Lane(database, callTimeout, environment, "control-log");
        _witness = new Lane(database, callTimeout, environment, "control-log-witness");
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
            catch (StoreUnreachableException e) when (_environment.Now - start >= _openTimeout)
            {
                if (WhyNotOpened(e) is { } why) throw new StoreRefusedException(why, e);
                throw;
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

        AppendOutcome Append(IControlLogConnection connection)
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
    public virtual async ValueTask DisposeAsync()
    {
        await _witness.DisposeAsync().ConfigureAwait(false);
        await _log.DisposeAsync().ConfigureAwait(false);
        _database.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What an operator is told when a store was not opened in time; null: the failure says it.</summary>
    private protected virtual string? WhyNotOpened(StoreUnreachableException failure) => null;

    /// <summary>One worker with its connection.</summary>
    private sealed class Lane(IControlLogDatabase database, TimeSpan callTimeout, RuntimeEnvironment environment, string name) : IAsyncDisposable
    {
        private readonly BlockingCalls _calls = new(environment, name, callTimeout);
        private IControlLogConnection? _connection; // The worker's alone.

        /// <summary>Set once the store was opened: from then on the store must exist and hold this log.</summary>
        public ControlLogIdentity? Opened { get; set; }

        public async Task<T> RunAsync<T>(string doing, Func<IControlLogConnection, T> call, CancellationToken cancellationToken)
        {
            try
            {
                return await _calls.RunAsync(() => Call(doing, call), cancellationToken).ConfigureAwait(false);
            }
            catch (UnansweredException e)
            {
                throw new StoreUnreachableException($"{database.Name}: no answer within {callTimeout.TotalSeconds:0.#} s (call-timeout), tried to {doing}", e);
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

        private T Call<T>(string doing, Func<IControlLogConnection, T> call)
        {
            try
            {
                return call(_connection ??= Connect());
            }
            catch (DatabaseFailureException e)
            {
                if (!e.IsBusy) Reopen();
                throw e.Translate(database.Name, doing);
            }
        }

        private IControlLogConnection Connect()
        {
            var connection = database.Open(mayCreate: Opened is null);
            var found = connection.Identity.StoreId;
            if (Opened is not { } opened || found == opened.StoreId) return connection;
            connection.Dispose();
            throw new StoreRefusedException($"{database.Name}: holds another control log now (store {found:x16}, was {opened.StoreId:x16}). " +
                "Put the original one back, or restart the node to join what is there now");
        }
    }
}
