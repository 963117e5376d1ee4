using Npgsql;
using NpgsqlTypes;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>One connection to a server that takes writes; used by one thread at a time.</summary>
/// <remarks>
/// What belongs together is one batch: it goes to the server in one message and is one transaction there, committed when its end is read. So a
/// process that freezes or is cut off holds no lock any longer than the server needs: it has the whole transaction already, or will never
/// begin it.
/// </remarks>
internal sealed class PostgresSession(NpgsqlConnection connection) : IDisposable
{
    /// <summary>Npgsql's connection, for what is not a batch.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>True for failures of server or connection; anything else is a bug of ours.</summary>
    public static bool IsOfTheServer(Exception e) =>
        e is NpgsqlException or IOException or TimeoutException or InvalidOperationException or ObjectDisposedException;

    /// <summary>Statements in one transaction; they are prepared when they come again.</summary>
    public NpgsqlBatch Batch(params ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements) batch.BatchCommands.Add(statement);
        return batch;
    }

    /// <summary>A statement with parameters <c>$1</c>, <c>$2</c> ...</summary>
    public static NpgsqlBatchCommand Statement(string sql, params ReadOnlySpan<object?> values)
    {
        var statement = new NpgsqlBatchCommand(sql);
        foreach (var value in values) statement.Parameters.Add(value as NpgsqlParameter ?? Parameter(value));
        return statement;
    }

    /// <summary>Runs a batch and hands every row of the <paramref name="result"/>-th result (from 0, statements without one not counted) to
    /// <paramref name="read"/>. Returns when the server has said that the transaction is committed.</summary>
    /// <exception cref="PostgresFailureException">See its <see cref="PostgresFailureException.IsUnknown"/>.</exception>
    public static List<T> Query<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, int result = 0)
    {
        try
        {
            var rows = new List<T>();
            using var reader = batch.ExecuteReader();
            var number = 0;
            do
            {
                while (reader.Read())
                {
                    if (number == result) rows.Add(read(reader));
                }
                number++;
            }
            while (reader.NextResult());
            return rows;
        }
        catch (Exception e) when (IsOfTheServer(e))
        {
            throw PostgresFailureException.Of(e);
        }
    }

    /// <summary>The rows of one statement.</summary>
    public List<T> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var batch = Batch(Statement(sql, values));
        return Query(batch, read);
    }

    /// <summary>The first row of one statement that has one.</summary>
    public T QueryOne<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values) => Query(sql, read, values)[0];

    /// <summary>Runs a batch; nothing is read.</summary>
    public static void Execute(NpgsqlBatch batch) => Query(batch, static _ => 0, result: -1);

    /// <summary>Runs statements without parameters.</summary>
    public void Execute(string sql)
    {
        try
        {
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (IsOfTheServer(e))
        {
            throw PostgresFailureException.Of(e);
        }
    }

    public void Dispose()
    {
        try
        {
            connection.Dispose();
        }
        catch (Exception e) when (IsOfTheServer(e))
        {
            // It is gone already.
        }
    }

    private static NpgsqlParameter Parameter(object? value) => value switch
    {
        long number => new NpgsqlParameter<long> { TypedValue = number },
        int number => new NpgsqlParameter<int> { TypedValue = number },
        string text => new NpgsqlParameter<string> { TypedValue = text },
        ReadOnlyMemory<byte> bytes => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = bytes },
        _ => new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = value is null ? NpgsqlDbType.Text : NpgsqlDbType.Unknown },
    };
}
