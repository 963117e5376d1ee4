using ActorRuntime.Persistence.Sql.Databases;
using SQLitePCL;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>A SQLite call returned an error.</summary>
/// <param name="extendedCode">SQLite's extended result code.</param>
/// <param name="message">SQLite's own words.</param>
internal sealed class SqliteFailureException(int extendedCode, string message) : DatabaseFailureException(message)
{
    /// <summary>Extended result code: says which step of an input/output error failed.</summary>
    public int ExtendedCode { get; } = extendedCode;

    /// <summary>Primary result code.</summary>
    public int Code => ExtendedCode & 0xff;

    /// <summary>Somebody else holds a lock that is needed; nothing was done.</summary>
    public override bool IsBusy => Code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>A unique key or a check is violated; nothing was done by the statement.</summary>
    public bool IsConstraint => Code == raw.SQLITE_CONSTRAINT;

    public override bool IsPassing => IsBusy;

    public override IOException Translate(string store, string doing) => SqliteFile.Translate(this, store, doing);
}
