using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Postgres;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Node.Hosting;

/// <summary>Where control log, journal and snapshots are: <c>actor-runtime.persistence.store</c>.</summary>
internal enum StoreKind
{
    /// <summary>In files that all node processes of one machine share.</summary>
    Sqlite,

    /// <summary>In a PostgreSQL database.</summary>
    Postgres,
}

/// <summary>The stores of a node, opened where the configuration says.</summary>
internal abstract record StoreOptions
{
    private StoreOptions()
    {
    }

    /// <summary>The SQL that makes the tables.</summary>
    public abstract string Sql { get; }

    /// <summary>Reads the section of the chosen store.</summary>
    /// <param name="persistence">The section <c>actor-runtime.persistence</c>.</param>
    /// <param name="node">Names the files.</param>
    public static StoreOptions FromConfig(Config persistence, NodeOptions node)
    {
        var (sqlite, postgres) = (persistence.GetConfig("sqlite"), persistence.GetConfig("postgres"));
        var embedded = new Sqlite(
            SqliteControlLogOptions.FromConfig(sqlite.GetConfig("control-log"), node.ControlLogFile),
            SqliteJournalOptions.FromConfig(sqlite, node.JournalFile));
        var server = new Postgres(PostgresControlLogOptions.FromConfig(postgres), PostgresJournalOptions.FromConfig(postgres));
        return persistence.GetEnum("store", (StoreKind?)StoreKind.Sqlite) == StoreKind.Postgres ? server : embedded;
    }

    public abstract SqlControlLogStore OpenControlLog(RuntimeEnvironment environment);

    public abstract SqlJournal OpenJournal(RuntimeEnvironment environment);

    public abstract SqlSnapshotStore OpenSnapshots(RuntimeEnvironment environment);

    /// <summary>What to check, each by itself, so that all breaches are found.</summary>
    public abstract IReadOnlyList<Action> Checks { get; }

    public sealed record Sqlite(SqliteControlLogOptions ControlLog, SqliteJournalOptions Journal) : StoreOptions
    {
        public override string Sql => SqliteStoreSql.Script();

        public override IReadOnlyList<Action> Checks => [() => ControlLog.Validated(), () => Journal.Validated()];

        public override SqlControlLogStore OpenControlLog(RuntimeEnvironment environment) => new SqliteControlLogStore(ControlLog, environment);

        public override SqlJournal OpenJournal(RuntimeEnvironment environment) => new SqliteJournal(Journal, environment);

        public override SqlSnapshotStore OpenSnapshots(RuntimeEnvironment environment) => new SqliteSnapshotStore(Journal, environment);
    }

    public sealed record Postgres(PostgresControlLogOptions ControlLog, PostgresJournalOptions Journal) : StoreOptions
    {
        public override string Sql => PostgresStoreSql.Script(Journal.Server.Schema);

        public override IReadOnlyList<Action> Checks => [() => ControlLog.Validated(), () => Journal.Validated()];

        public override SqlControlLogStore OpenControlLog(RuntimeEnvironment environment) => new PostgresControlLogStore(ControlLog, environment);

        public override SqlJournal OpenJournal(RuntimeEnvironment environment) => new PostgresJournal(Journal, environment);

        public override SqlSnapshotStore OpenSnapshots(RuntimeEnvironment environment) => new PostgresSnapshotStore(Journal, environment);
    }
}
