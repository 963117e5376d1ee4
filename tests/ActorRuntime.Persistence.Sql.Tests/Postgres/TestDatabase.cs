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

    public PostgresOptions Options { get; init; } = new()
    {
        ConnectionString = server.ConnectionString,
        Schema = $"t_{Guid.NewGuid():n}",
        CommandTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Fails a test that hangs, and no other.</summary>
    public PostgresJournalOptions Patient => new() { Server = Options, WriteTimeout = TimeSpan.FromMinutes(1), ReadTimeout = TimeSpan.FromMinutes(1) };

    /// <summary>Runs statements in the schema.</summary>
    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
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
