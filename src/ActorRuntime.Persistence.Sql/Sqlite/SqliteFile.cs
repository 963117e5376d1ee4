using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using SQLitePCL;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>Opens store files and refuses what is not one, before anything is written to it.</summary>
internal static class SqliteFile
{
    private const int ApplicationId = 0x41637452; // "ActR", where SQLite keeps the file's owner.

    private const string CreateComponentTable =
        "create table if not exists component(name text primary key, schema_version integer not null) without rowid";

    /// <summary>Opens the file with <paramref name="component"/> in it, upgraded if it is older: write-ahead log, every commit
    /// flushed.</summary>
    /// <param name="flushesApart">The caller flushes by <see cref="SqliteDatabase.FlushLog"/> after a commit, outside of the write
    /// lock.</param>
    /// <param name="mayCreate">False after the first time: a file that vanished since must not come back empty.</param>
    /// <exception cref="StoreUnreachableException">Another process holds a lock right now; nothing was done, try again.</exception>
    /// <exception cref="StoreRefusedException">No retry mends it; the file was not changed.</exception>
    public static SqliteDatabase Open(string path, SchemaComponent component, TimeSpan busyTimeout, bool mayCreate, bool flushesApart = false)
    {
        SqliteDatabase? database = null;
        try
        {
            if (mayCreate) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var isNew = !File.Exists(path);
            database = new SqliteDatabase(path, mayCreate, busyTimeout);
            if (isNew && !OperatingSystem.IsWindows()) Restrict(path);
            Prepare(database, path, component);
            if (flushesApart) database.Execute("pragma synchronous = normal");
            return database;
        }
        catch (Exception e)
        {
            database?.Dispose();
            if (e is SqliteFailureException failure) throw Translate(failure, path, "open");
            if (e is UnauthorizedAccessException or IOException and not (StoreRefusedException or StoreUnreachableException))
            {
                throw new StoreRefusedException($"{path}: the directory cannot be used: {e.Message}", e);
            }
            throw;
        }
    }

    /// <summary>Says in an operator's words what a failed call means.</summary>
    public static IOException Translate(SqliteFailureException failure, string path, string doing)
    {
        var cause = $"(SQLite {failure.ExtendedCode}: {failure.Message})";
        return failure.Code switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreUnreachableException(
                $"{path}: locked by another process, cannot {doing} now; `fuser -v {path}` names the holder {cause}", failure),
            raw.SQLITE_IOERR or raw.SQLITE_INTERRUPT or raw.SQLITE_NOMEM or raw.SQLITE_PROTOCOL => new StoreUnreachableException(
                $"{path}: input/output error, could not {doing}; look into the system log for the disk {cause}", failure),
            raw.SQLITE_FULL => new StoreRefusedException(
                $"{path}: the disk is full, could not {doing}; free space on that file system. What is stored is intact {cause}", failure),
            raw.SQLITE_NOTADB => new StoreRefusedException(
                $"{path}: not a SQLite database; it was left as it is. Move it away or configure another path {cause}", failure),
            raw.SQLITE_CORRUPT => new StoreRefusedException(
                $"{path}: damaged, could not {doing}; restore it from a backup, or salvage with `sqlite3 {path} .recover` {cause}", failure),
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => new StoreRefusedException(
                $"{path}: cannot be written, could not {doing}; check owner and mode of the file and its directory {cause}", failure),
            raw.SQLITE_CANTOPEN => new StoreRefusedException(
                $"{path}: cannot be opened or created; check that the directory exists and can be written {cause}", failure),
            _ => new StoreRefusedException($"{path}: could not {doing} {cause}", failure),
        };
    }

    /// <exception cref="StoreRefusedException">The file was deleted or replaced while it was open: two stores would answer to one
    /// path.</exception>
    public static void EnsureInPlace(SqliteDatabase database, string path)
    {
        if (!database.HasMoved) return;
        throw new StoreRefusedException($"{path}: the file was deleted or replaced while this node used it; nothing more is written. " +
            "Put the original file back, or restart the node to use what is there now");
    }

    /// <summary>What is run for a file without tables.</summary>
    public static string Script(SchemaComponent component) => $"""
        -- {component.Name}, schema version {component.SchemaVersion}
        begin immediate;
        {CreateComponentTable};
        pragma application_id = {ApplicationId};
        {component.CreateSql}
        insert into component values('{component.Name}', {component.SchemaVersion});
        commit;
        """;

    private static void Prepare(SqliteDatabase database, string path, SchemaComponent component)
    {
        if (database.IsReadOnly)
        {
            throw new StoreRefusedException($"{path}: the file can only be read; check owner and mode of the file and its directory");
        }
        RefuseForeign(database, path);
        RefuseNewer(database, path, component); // Before the journal mode is set: that writes to the file.
        if (database.QueryText("pragma journal_mode = wal") != "wal")
        {
            throw new StoreRefusedException($"{path}: this file system has no shared memory for a write-ahead log; use a local disk");
        }
        database.Execute("pragma synchronous = full");
        if (StoredVersion(database, component) != component.SchemaVersion) CreateOrUpgrade(database, path, component);
    }

    /// <summary>All or nothing, and by one process: another one that opens the file waits and finds it done.</summary>
    private static void CreateOrUpgrade(SqliteDatabase database, string path, SchemaComponent component)
    {
        database.BeginImmediate();
        try
        {
            database.Execute(CreateComponentTable);
            RefuseNewer(database, path, component);
            var stored = (int)StoredVersion(database, component);
            if (stored == 0)
            {
                database.Execute($"pragma application_id = {ApplicationId}");
                database.Execute(component.CreateSql);
                database.Execute($"insert into component values('{component.Name}', {component.SchemaVersion})");
            }
            else if (stored < component.SchemaVersion)
            {
                foreach (var upgrade in component.Upgrades.Skip(stored - 1)) database.Execute(upgrade);
                database.Execute($"update component set schema_version = {component.SchemaVersion} where name = '{component.Name}'");
            }
            database.Commit();
        }
        finally
        {
            database.RollbackIfOpen();
        }
    }

    /// <summary>Both questions in one transaction: another process may make the file's tables right now.</summary>
    private static void RefuseForeign(SqliteDatabase database, string path)
    {
        database.Execute("begin");
        try
        {
            var application = database.QueryNumber("pragma application_id");
            if (application == ApplicationId || database.QueryNumber("select count(*) from sqlite_schema") == 0) return;
            throw new StoreRefusedException(
                $"{path}: a SQLite database of another application (id {application:x}); it was left as it is. Configure another path");
        }
        finally
        {
            database.RollbackIfOpen();
        }
    }

    private static void RefuseNewer(SqliteDatabase database, string path, SchemaComponent component)
    {
        var stored = StoredVersion(database, component);
        if (stored <= component.SchemaVersion) return;
        throw new StoreRefusedException($"{path}: {component.Name} has schema version {stored}, this build knows up to " +
            $"{component.SchemaVersion}; it was left as it is. Run a newer build");
    }

    private static long StoredVersion(SqliteDatabase database, SchemaComponent component) =>
        database.QueryNumber("select count(*) from sqlite_schema where name = 'component'") == 0
            ? 0
            : database.QueryNumber($"select schema_version from component where name = '{component.Name}'");

    /// <summary>Store files hold the cluster's secret and the users' data: nobody but the owner reads them.</summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void Restrict(string path) => File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
}
