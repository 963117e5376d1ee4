using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>The native SQLite library of this process: the system's, which the distribution patches, or else the bundled one.</summary>
public static class SqliteLibrary
{
    /// <summary>Name under which the managed provider asks for the native library.</summary>
    internal const string ImportName = "e_sqlite3";

    private const string SystemName = "libsqlite3.so.0";

    private static readonly Lazy<bool> SystemLibrary = new(Load);

    /// <summary>Which library is in use and its version, for <c>node --version</c> and the log. Loads it.</summary>
    public static string Description
    {
        get
        {
            var origin = SystemLibrary.Value ? $"system library {SystemName}" : "bundled library";
            return $"SQLite {raw.sqlite3_libversion().utf8_to_string()} ({origin})";
        }
    }

    /// <summary>Loads the library once per process; later calls do nothing.</summary>
    internal static void EnsureLoaded() => _ = SystemLibrary.Value;

    private static bool Load()
    {
        var system = NativeLibrary.TryLoad(SystemName, out var handle);
        if (system) system = TryRedirect(typeof(SQLite3Provider_e_sqlite3).Assembly, handle);
        // Our own imports must meet the same library as the provider's, or their handles are not interchangeable.
        if (system) TryRedirect(typeof(SqliteLibrary).Assembly, handle);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        raw.FreezeProvider();
        return system;
    }

    private static bool TryRedirect(Assembly assembly, nint handle)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => name == ImportName ? handle : 0);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // The host application chose its own resolver for this assembly: its choice stands.
        }
    }
}
