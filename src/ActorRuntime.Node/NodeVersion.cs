using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Node;

/// <summary>What this process is made of.</summary>
internal static class NodeVersion
{
    /// <summary>Versions of the runtime, .NET, the native SQLite library in use and Npgsql.</summary>
    public static string Describe() =>
        $"actor-runtime {typeof(NodeVersion).Assembly.GetName().Version?.ToString(3)}, .NET {Environment.Version}, {SqliteLibrary.Description}, "
        + $"Npgsql {typeof(Npgsql.NpgsqlConnection).Assembly.GetName().Version?.ToString(3)}";
}
