using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Postgres;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>A schema of a test's own in a server; most tests share one server.</summary>
internal sealed class TestDatabase(ThrowawayServer server)
{
    private static readonly Lazy<ThrowawayServer> Shared = new(ThrowawayServer.Start);

    /// <summary>In the server that all tests share which do it no harm.</summary>
    public TestDatabase()
        : this(Shared.Value)
    {
    }

    /// <summary>Of the server that all tests share.</summary>
    public static int SharedPort => Shared.Value.Port;

    private readonly string _schema = $"t_{Guid.NewGuid():n}";

    /// <summary>Fails a test that hangs, and no other.</summary>
    public PostgresOptions Options => new()
    {
        ConnectionString = $"{server.ConnectionString};Application Name={_schema}",
        Schema = _schema,
        CommandTimeout = TimeSpan.FromSeconds(30),
    };

    public PostgresJournalOptions Patient => new() { Server = Options, WriteTimeout = TimeSpan.FromMinutes(1), ReadTimeout = TimeSpan.FromMinutes(1) };

    /// <summary>Runs statements in the schema.</summary>
    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Ends all sessions that the runtime has open in the schema.</summary>
    public void EndSessions() => Execute($"select pg_terminate_backend(pid, 30000) from pg_stat_activity where application_name = '{_schema}'");

    /// <summary>Keeps everybody from writing to the journal until it is disposed of.</summary>
    public IDisposable HoldJournal()
    {
        var holder = Connect();
        using var command = new NpgsqlCommand("begin; select position from journal_head for update", holder);
        command.ExecuteNonQuery();
        return holder;
    }

    /// <summary>First column of the first row.</summary>
    public T Query<T>(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql, connection);
        return (T)command.ExecuteScalar()!;
    }

    /// <summary>A session without the runtime's limits.</summary>
    public NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection($"{server.ConnectionString};Search Path={Options.Schema};Pooling=false");
        connection.Open();
        return connection;
    }
}
