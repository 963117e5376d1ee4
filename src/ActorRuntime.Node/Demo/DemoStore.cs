using ActorRuntime.Node.Hosting;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Node.Demo;

/// <summary>The store that the nodes of a run share: empty files in the run's directory, or an empty schema of a PostgreSQL database.</summary>
/// <param name="Directory">Of the run.</param>
/// <param name="Options">How the demonstration itself opens it.</param>
/// <param name="Persistence">How a node is told, in HOCON.</param>
internal sealed record DemoStore(string Directory, StoreOptions Options, string Persistence)
{
    /// <summary>Where the nodes find the connection string: it may hold a password, and their configurations are files.</summary>
    public const string ConnectionVariable = "ACTOR_RUNTIME_POSTGRES";

    public string ControlLogFile => Path.Combine(Directory, "control-log.db");

    public string JournalFile => Path.Combine(Directory, "journal.db");

    /// <param name="directory">Of the run.</param>
    /// <param name="connectionString">Null: SQLite.</param>
    public static DemoStore Create(string directory, string? connectionString)
    {
        if (connectionString is null)
        {
            var files = new DemoStore(directory, null!, "store = sqlite");
            return files with { Options = new StoreOptions.Sqlite(new() { Path = files.ControlLogFile }, new() { Path = files.JournalFile }) };
        }
        Environment.SetEnvironmentVariable(ConnectionVariable, connectionString);
        var schema = $"demo_{DateTimeOffset.UtcNow:yyyyMMddHHmmss}_{Environment.ProcessId}";
        var server = new PostgresOptions { ConnectionString = connectionString, Schema = schema };
        return new(
            directory, new StoreOptions.Postgres(new() { Server = server }, new() { Server = server }),
            $$"""store = postgres, postgres { connection-string = ${{{ConnectionVariable}}}, schema = {{schema}} }""");
    }
}
