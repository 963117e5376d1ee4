using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>One connection to a SQLite file; used by one thread at a time.</summary>
/// <remarks>
/// A thin layer over the C interface: ADO.NET's provider retries a busy file with sleeps of 150 ms, and hides the extended result codes that
/// tell a full disk from a failed flush.
/// The database file is never opened by other means while a connection lives: closing such a handle would drop the process's locks on it.
/// </remarks>
internal sealed partial class SqliteDatabase : IDisposable
{
    private const int HasMovedOpcode = 20; // SQLITE_FCNTL_HAS_MOVED

    private readonly sqlite3 _handle;
    private readonly string _path;
    private SafeFileHandle? _log;
    private readonly List<SqliteStatement> _statements = [];

    /// <exception cref="SqliteFailureException">It cannot be opened or created.</exception>
    public SqliteDatabase(string path, bool mayCreate, TimeSpan busyTimeout)
    {
        _path = path;
        SqliteLibrary.EnsureLoaded();
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX;
        if (mayCreate) flags |= raw.SQLITE_OPEN_CREATE;
        var result = raw.sqlite3_open_v2(path, out _handle, flags, null);
        if (result != raw.SQLITE_OK)
        {
            using (_handle) throw new SqliteFailureException(result, raw.sqlite3_errstr(result).utf8_to_string());
        }
        Check(raw.sqlite3_extended_result_codes(_handle, 1));
        Check(raw.sqlite3_busy_timeout(_handle, (int)busyTimeout.TotalMilliseconds));
    }

    /// <summary>Called around commit and flush, where a disk fails without a verdict; tests let it fail here. Null otherwise.</summary>
    public Action<CommitStep>? OnCommit { get; set; }

    /// <summary>True when the file can only be read.</summary>
    public bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>True between a begin and its commit or rollback, whoever did that.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Rows the last insert, update or delete changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>True when the path names another file by now, or none: writes would go where nobody reads.</summary>
    public bool HasMoved
    {
        get
        {
            var moved = 0;
            return FileControl(_handle, "main", HasMovedOpcode, ref moved) == raw.SQLITE_OK && moved != 0;
        }
    }

    /// <summary>Compiles a statement for repeated use; the connection disposes of it.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        var prepared = new SqliteStatement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Runs statements that return nothing.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>First column of the first row as a number, 0 without a row.</summary>
    public long QueryNumber(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var owned = handle;
        var statement = new SqliteStatement(this, handle);
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>First column of the first row as text, empty without a row.</summary>
    public string QueryText(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        using var owned = handle;
        var statement = new SqliteStatement(this, handle);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>Takes the write lock at once, so that what the transaction reads is what it writes on.</summary>
    public void BeginImmediate() => Execute("begin immediate");

    /// <summary>Ends the transaction; durable when it returns, or with <see cref="FlushLog"/>, as the file was opened. Any failure leaves the
    /// outcome unknown.</summary>
    public void Commit()
    {
        OnCommit?.Invoke(CommitStep.BeforeCommit);
        Execute("commit");
        OnCommit?.Invoke(CommitStep.AfterCommit);
    }

    /// <summary>Makes durable what was committed without a flush (<c>synchronous = normal</c>), after the write lock was let go: other
    /// processes write meanwhile, and one that is frozen in its flush holds nobody up.</summary>
    /// <remarks>The log file lives as long as a connection does, so this one handle is right for life; SQLite keeps no lock on it.</remarks>
    /// <exception cref="IOException">It is not known to be durable.</exception>
    public void FlushLog()
    {
        OnCommit?.Invoke(CommitStep.BeforeFlush);
        _log ??= File.OpenHandle(_path + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(_log);
    }

    /// <summary>Undoes the transaction where SQLite has not done so itself.</summary>
    public void RollbackIfOpen()
    {
        if (InTransaction) _ = raw.sqlite3_exec(_handle, "rollback"); // It fails only if the transaction is gone already.
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement.Close();
        _log?.Dispose();
        _handle.Dispose();
    }

    /// <exception cref="SqliteFailureException"><paramref name="result"/> is an error.</exception>
    internal void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)) throw Failure(result);
    }

    private SqliteFailureException Failure(int result) => new(result, raw.sqlite3_errmsg(_handle).utf8_to_string());

    [LibraryImport(SqliteLibrary.ImportName, EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(sqlite3 database, string name, int opcode, ref int argument);
}

/// <summary>Where a write can fail although it is complete, or look as if it had.</summary>
internal enum CommitStep
{
    /// <summary>All is written but the commit itself.</summary>
    BeforeCommit,

    /// <summary>Committed, and the caller does not know yet.</summary>
    AfterCommit,

    /// <summary>Committed, and a power cut may still undo it.</summary>
    BeforeFlush,
}
