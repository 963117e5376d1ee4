using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>A call to PostgreSQL failed, in the server or on the way to it.</summary>
/// <param name="state">SQLSTATE; empty when it was not the server that failed the call.</param>
/// <param name="isUnknown">See <see cref="IsUnknown"/>.</param>
internal sealed class PostgresFailureException(string state, bool isUnknown, string message, Exception? cause = null)
    : DatabaseFailureException(message, cause)
{
    private const string QueryCanceled = "57014", ReadOnly = "25006", DiskFull = "53100", TooManyConnections = "53300";

    /// <summary>True when the session ended before it said what became of the call: what it was to write may be there, or come later.
    /// False: the server refused the statement, and with it everything that came in the same transaction.</summary>
    public bool IsUnknown { get; } = isUnknown;

    /// <summary>SQLSTATE; empty when it was not the server that failed the call.</summary>
    public string State { get; } = state;

    /// <inheritdoc/>
    /// <remarks>Serialization failure, deadlock, lock or statement time-out.</remarks>
    public override bool IsBusy => !IsUnknown && State is "40001" or "40P01" or "55P03" or QueryCanceled;

    /// <inheritdoc/>
    public override bool IsPassing =>
        IsBusy || State is "" or ReadOnly or TooManyConnections or "53200" or "26000" || State.StartsWith("08", StringComparison.Ordinal) ||
        State.StartsWith("57P", StringComparison.Ordinal) || State is "25P02" or "25P03";

    /// <summary>What <paramref name="e"/> means.</summary>
    public static PostgresFailureException Of(Exception e) => e is PostgresException { SqlState: var state } server
        ? new(state, isUnknown: server.InvariantSeverity is not "ERROR" || state is "40003" || state.StartsWith("08", StringComparison.Ordinal), server.MessageText, e)
        : new("", isUnknown: true, e.InnerException is { } inner ? $"{e.Message}: {inner.Message}" : e.Message, e);

    public override IOException Translate(string store, string doing)
    {
        var cause = State.Length > 0 ? $"(SQLSTATE {State}: {Message})" : $"({Message})";
        if (Advice() is { } advice) return new StoreRefusedException($"{store}: {advice}; could not {doing} {cause}", this);
        var text = State switch
        {
            QueryCanceled or "55P03" => $"the server did not finish within its time-out (command-timeout), could not {doing}; pg_stat_activity and pg_locks show what it waits for",
            "40001" or "40P01" => $"the server undid the transaction in favour of another one, could not {doing}",
            ReadOnly => $"takes no writes, could not {doing}: it is a standby, or default_transaction_read_only is on. Name the primary, or all hosts, in connection-string",
            TooManyConnections => $"has no connection left, could not {doing}: raise max_connections; a node needs 6",
            "57P01" or "57P02" or "57P03" => $"starts, stops or ended the session, could not {doing}",
            _ => $"cannot be reached or broke off, could not {doing}; look at server and network",
        };
        return new StoreUnreachableException($"{store}: {text} {cause}", this);
    }

    /// <summary>What an operator has to do where no retry helps; null where one may.</summary>
    private string? Advice() => State switch
    {
        DiskFull => "the disk of the server is full; free space there. What is stored is intact",
        "28P01" or "28000" => "refuses the user; check user, password and pg_hba.conf",
        "3D000" => "has no such database; create it, or name another one in connection-string",
        "42501" => "the user lacks a right; let it own the schema, or run the output of `node store sql` as its owner",
        "42P01" or "42703" or "3F000" => "tables are missing or not as this build makes them; `node store sql` prints what they should be",
        "XX001" or "XX002" => "is damaged; restore it from a backup",
        _ => IsPassing || State.StartsWith("58", StringComparison.Ordinal) || State.StartsWith("53", StringComparison.Ordinal) ? null : "refuses",
    };
}
