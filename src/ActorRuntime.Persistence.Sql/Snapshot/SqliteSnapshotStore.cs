using ActorRuntime.Persistence.Sql.Journal;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>Snapshots in a SQLite file that all node processes of one machine share; it may be the journal's.</summary>
/// <param name="options">Validated here.</param>
/// <param name="environment">Gives the worker and the clocks.</param>
public sealed class SqliteSnapshotStore(SqliteJournalOptions options, RuntimeEnvironment environment)
    : SqlSnapshotStore(new Database(options.Validated()), options, environment)
{
    private sealed class Database(SqliteJournalOptions options) : ISnapshotDatabase
    {
        public string Name => options.Path;

        public TimeSpan RetryDelay => TimeSpan.Zero;

        public ISnapshotConnection Open(bool mayCreate) => SqliteSnapshotConnection.Open(options, mayCreate);

        public void Dispose()
        {
        }
    }
}
