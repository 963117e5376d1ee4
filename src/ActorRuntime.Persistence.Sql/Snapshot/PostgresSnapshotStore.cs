using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>Snapshots in a PostgreSQL database that all nodes of a cluster share; it may be the journal's.</summary>
/// <param name="options">Validated here.</param>
/// <param name="environment">Gives the worker and the clocks.</param>
public sealed class PostgresSnapshotStore(PostgresJournalOptions options, RuntimeEnvironment environment)
    : SqlSnapshotStore(new Database(options.Validated()), options, environment)
{
    private sealed class Database(PostgresJournalOptions options) : ISnapshotDatabase
    {
        private readonly PostgresServer _server = new(options.Server);

        public string Name => _server.Name;

        public TimeSpan RetryDelay => PostgresServer.RetryDelay;

        public ISnapshotConnection Open(bool mayCreate) =>
            new PostgresSnapshotConnection(_server.Open(PostgresSnapshotConnection.Component, mayCreate), Name);

        public void Dispose() => _server.Dispose();
    }
}
