using SQLitePCL;

namespace ActorRuntime.Persistence.Sql.Sqlite;

/// <summary>A compiled statement. Parameters count from 1, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle)
{
    public SqliteStatement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, long? value)
    {
        if (value is { } number) return Bind(parameter, number);
        database.Check(raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    public SqliteStatement Bind(int parameter, string value)
    {
        database.Check(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    /// <summary>Binds bytes; an empty span is an empty blob, not null.</summary>
    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        database.Check(value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(handle, parameter, 0)
            : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    /// <summary>Runs to the end; rows are not read.</summary>
    /// <returns>Rows changed.</returns>
    public int Run()
    {
        try
        {
            while (Step()) { }
            return database.Changes;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Advances to the next row; false at the end. Call <see cref="Reset"/> when done.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(handle);
        database.Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Makes the statement ready for the next run and releases its read lock.</summary>
    public void Reset() => _ = raw.sqlite3_reset(handle); // It repeats the error that the step has thrown already.

    public long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <summary>Frees it; the connection calls this.</summary>
    public void Close() => handle.Dispose();
}
