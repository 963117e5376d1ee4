using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>Opens sessions at the host that takes writes, and refuses a server that would lose what it acknowledged.</summary>
internal sealed class PostgresServer : IDisposable
{
    /// <summary>How long to wait before another attempt to connect: a refused connection costs the server nothing, but the loop would.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private const int VersionMin = 13;

    private readonly PostgresOptions _options;
    private readonly NpgsqlMultiHostDataSource _hosts;
    private readonly NpgsqlDataSource _primary;

    /// <param name="options">Validated before.</param>
    public PostgresServer(PostgresOptions options)
    {
        _options = options;
        _hosts = new NpgsqlDataSourceBuilder(options.ToConnectionString()).BuildMultiHost();
        _primary = _hosts.WithTargetSession(TargetSessionAttributes.ReadWrite);
    }

    /// <summary>Hosts, database and schema.</summary>
    public string Name => _options.Name;

    /// <summary>A session in the schema, with the tables of <paramref name="component"/> in it, made or upgraded if need be.</summary>
    /// <param name="mayCreate">False after the first time: tables that vanished since must not come back empty.</param>
    /// <exception cref="StoreUnreachableException">Not now; try again.</exception>
    /// <exception cref="StoreRefusedException">No retry mends it; nothing was changed.</exception>
    public PostgresSession Open(SchemaComponent component, bool mayCreate)
    {
        PostgresSession? session = null;
        try
        {
            session = new PostgresSession(Connect());
            RefuseUnsafe(session);
            new PostgresSchema(_options.Schema, component).Prepare(session, Name, mayCreate);
            return session;
        }
        catch (Exception e)
        {
            session?.Dispose();
            if (e is DatabaseFailureException failure) throw failure.Translate(Name, "open");
            throw;
        }
    }

    public void Dispose()
    {
        _primary.Dispose();
        _hosts.Dispose();
    }

    private NpgsqlConnection Connect()
    {
        try
        {
            return _primary.OpenConnection();
        }
        catch (NpgsqlException e) when (e is not PostgresException && e.InnerException is null)
        {
            throw new PostgresFailureException("25006", isUnknown: false, "no host in connection-string takes writes", e); // All answered.
        }
        catch (Exception e) when (PostgresSession.IsOfTheServer(e))
        {
            throw PostgresFailureException.Of(e.InnerException is AggregateException { InnerException: NpgsqlException of } ? of : e);
        }
    }

    /// <summary>SAFETY 1A-3: what was acknowledged must survive a power cut, and the loss of the primary where a standby takes over.</summary>
    private void RefuseUnsafe(PostgresSession session)
    {
        var (isStandby, isReadOnly, commit, sync, encoding, version) = session.QueryOne(
            """
            select pg_is_in_recovery(), current_setting('transaction_read_only')::boolean, current_setting('synchronous_commit'),
                current_setting('fsync'), current_setting('server_encoding'), current_setting('server_version_num')::integer
            """,
            static row => (row.GetBoolean(0), row.GetBoolean(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt32(5)));
        if (isStandby || isReadOnly)
        {
            throw new PostgresFailureException("25006", isUnknown: false, isStandby ? "it is in recovery" : "its transactions are read-only");
        }
        if (version / 10_000 < VersionMin) throw new StoreRefusedException($"{Name}: version {version / 10_000} is too old; use {VersionMin} or newer");
        if (encoding != "UTF8") throw new StoreRefusedException($"{Name}: the database's encoding is {encoding}; create it with encoding UTF8");
        if (commit is not ("on" or "remote_apply"))
        {
            throw new StoreRefusedException($"{Name}: synchronous_commit is {commit}, so that it acknowledges what a failure may undo. " +
                "Set it to on or remote_apply for this user, database or server");
        }
        if (sync != "on")
            throw new StoreRefusedException($"{Name}: fsync is {sync}, so that a power cut may undo or damage what it acknowledged. Set it to on");
    }
}
