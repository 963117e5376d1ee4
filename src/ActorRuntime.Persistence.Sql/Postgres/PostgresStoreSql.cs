using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>The SQL that makes the tables of all stores in PostgreSQL: what the runtime runs itself, for whoever may not let it.</summary>
public static class PostgresStoreSql
{
    /// <summary>One transaction for each store; for a schema without tables.</summary>
    /// <param name="schema">See <see cref="PostgresOptions.Schema"/>.</param>
    public static string Script(string schema) => string.Join("\n\n",
    [
        new PostgresSchema(schema, PostgresControlLogSchema.Component).Script(),
        new PostgresSchema(schema, PostgresJournalSchema.Component).Script(),
        new PostgresSchema(schema, PostgresSnapshotConnection.Component).Script(),
    ]) + "\n";
}
