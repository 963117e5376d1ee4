using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>The SQL that makes the tables of all stores in SQLite; the runtime runs it itself.</summary>
public static class SqliteStoreSql
{
    /// <summary>One transaction for each store; control log and journal go to files of their own, snapshots to the journal's.</summary>
    public static string Script() => string.Join("\n\n",
    [
        SqliteFile.Script(SqliteControlLogConnection.Component), SqliteFile.Script(SqliteJournalSchema.Component),
        SqliteFile.Script(SqliteSnapshotConnection.Component),
    ]) + "\n";
}
