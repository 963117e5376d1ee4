using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>Makes, upgrades and checks the tables of one component in one schema.</summary>
/// <param name="schema">Name that needs no quotes.</param>
/// <param name="component">Tables and version.</param>
internal sealed class PostgresSchema(string schema, SchemaComponent component)
{
    private const int LockClass = 0x41637452; // "ActR": no other application's advisory locks.

    /// <summary>Two processes that find no tables at the same time: one makes them, the other one waits and finds them made.</summary>
    private string Lock => $"select pg_advisory_xact_lock({LockClass}, hashtext('{schema}'));";

    /// <summary>What the runtime runs for an empty schema, for whoever lets a database administrator run it.</summary>
    public string Script() => $"""
        -- {component.Name}, schema version {component.SchemaVersion}
        begin;
        {Lock}
        create schema if not exists {schema};
        set local search_path = {schema};
        create table if not exists component(name text primary key, schema_version integer not null);
        {component.CreateSql}
        insert into component values('{component.Name}', {component.SchemaVersion});
        commit;
        """;

    /// <exception cref="StoreRefusedException">Of a newer version, of another application, or gone; nothing was changed.</exception>
    public void Prepare(PostgresSession session, string store, bool mayCreate)
    {
        if (StoredVersion(session, store, isAlone: false) == component.SchemaVersion) return;
        if (!mayCreate) throw new StoreRefusedException($"{store}: the tables of {component.Name} are gone; put them back, or restart the node to begin anew");
        session.Execute("begin"); // Whoever gives up closes the session, and with it the transaction.
        session.Execute(Lock);
        CreateOrUpgrade(session, store);
        session.Execute("commit");
    }

    private void CreateOrUpgrade(PostgresSession session, string store)
    {
        var stored = StoredVersion(session, store, isAlone: true);
        if (stored == component.SchemaVersion) return;
        if (stored == 0)
        {
            if (Count(session, "select count(*) from pg_namespace where nspname = $1") == 0) session.Execute($"create schema {schema}");
            session.Execute("create table if not exists component(name text primary key, schema_version integer not null)");
            session.Execute(component.CreateSql);
            session.Execute($"insert into component values('{component.Name}', {component.SchemaVersion})");
            return;
        }
        foreach (var upgrade in component.Upgrades.Skip(stored - 1)) session.Execute(upgrade);
        session.Execute($"update component set schema_version = {component.SchemaVersion} where name = '{component.Name}'");
    }

    /// <summary>0 when there are no tables of this component.</summary>
    /// <param name="isAlone">The lock is held. Without it tables of another application may be ours, made between two looks.</param>
    private int StoredVersion(PostgresSession session, string store, bool isAlone)
    {
        if (Count(session, "select count(*) from pg_tables where schemaname = $1 and tablename = 'component'") == 0)
        {
            if (!isAlone || Count(session, "select count(*) from pg_tables where schemaname = $1") == 0) return 0;
            throw new StoreRefusedException($"{store}: the schema holds tables of another application; it was left as it is. Configure another schema");
        }
        var versions = session.Query("select schema_version from component where name = $1", static row => row.GetInt32(0), component.Name);
        if (versions.Count == 0) return 0;
        if (versions[0] <= component.SchemaVersion) return versions[0];
        throw new StoreRefusedException($"{store}: {component.Name} has schema version {versions[0]}, this build knows up to " +
            $"{component.SchemaVersion}; it was left as it is. Run a newer build");
    }

    private long Count(PostgresSession session, string sql) => session.QueryOne(sql, static row => row.GetInt64(0), schema);
}
