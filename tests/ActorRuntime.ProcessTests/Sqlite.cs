using ActorRuntime.Persistence.Sql.Sqlite;
using SQLitePCL;
using Xunit;

namespace ActorRuntime.ProcessTests;

/// <summary>A program that is no node, at work on the store's files.</summary>
internal static class Sqlite
{
    public static sqlite3 Open(string file)
    {
        _ = SqliteLibrary.Description; // Loads the native library the runtime uses.
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(file, out var database));
        raw.sqlite3_busy_timeout(database, 30_000);
        return database;
    }

    public static void Execute(sqlite3 database, string sql) => Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(database, sql));

    /// <summary>Keeps everybody else from writing for a while.</summary>
    public static void HoldWriteLock(string file, TimeSpan time)
    {
        using var database = Open(file);
        Execute(database, "begin immediate");
        Task.Delay(time).Wait();
        Execute(database, "rollback");
    }
}
