using System.Security.Cryptography;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Postgres;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The statements of the control log on one connection to PostgreSQL. Blocking; one thread at a time.</summary>
/// <remarks>An append is one round trip: who is frozen or cut off in the middle of one keeps nobody else from appending.</remarks>
internal sealed class PostgresControlLogConnection : IControlLogConnection
{
    /// <summary>Most rows deleted by one compaction: it is one transaction, and other appends wait for it. The rest goes with the next.</summary>
    private const long DeletedRowsMax = 20_000;

    private readonly PostgresSession _session;
    private readonly string _channel;

    /// <param name="session">Owned from here on, unless this throws.</param>
    /// <param name="schema">Names the channel of the notifications.</param>
    /// <exception cref="PostgresFailureException">The identity cannot be read or drawn.</exception>
    public PostgresControlLogConnection(PostgresSession session, string schema)
    {
        (_session, _channel) = (session, PostgresControlLogSchema.Channel(schema));
        Identity = ReadIdentity() ?? DrawIdentity();
    }

    public ControlLogIdentity Identity { get; }

    public long Head() => _session.QueryOne("select version from control_log_head", static row => row.GetInt64(0));

    public List<ControlLogRow> Read(long fromVersion, int maxRows) => _session.Query(
        "select version, proposal_id, text, committed_at_ms from control_log where version >= $1 order by version limit $2",
        static row => new ControlLogRow(
            row.GetInt64(0), row.GetString(1), row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))),
        fromVersion, (long)maxRows);

    public ControlLogBase ReadBase(long known) => _session.QueryOne(PostgresControlLogSchema.ReadBase, row =>
    {
        var head = row.GetInt64(0);
        var checkpoint = row.IsDBNull(1) ? null : new ControlLogCheckpoint(row.GetInt64(1), row.GetString(2), row.GetString(3));
        var digest = row.IsDBNull(4) ? null : row.GetString(4);
        var isSkipped = digest is null && known < head && !row.IsDBNull(5) && row.GetInt64(5) < known;
        return new ControlLogBase(head, checkpoint, digest, isSkipped);
    }, known);

    /// <summary>Unknown when the session ended before it answered: whatever the server answers, it has done all or nothing.</summary>
    public AppendOutcome Append(ControlLogAppend append, DateTimeOffset now)
    {
        var statement = Statement(append, now);
        using var batch = append.Fences.Count > 0
            ? _session.Batch(PostgresSession.Statement(PostgresControlLogSchema.LockWitnesses), statement)
            : _session.Batch(statement);
        try
        {
            var versions = PostgresSession.Query(batch, static row => row.GetInt64(0), result: append.Fences.Count > 0 ? 1 : 0);
            return versions.Count > 0 ? AppendOutcome.Applied : AppendOutcome.Conflict;
        }
        catch (PostgresFailureException e) when (e.IsUnknown)
        {
            return AppendOutcome.Unknown;
        }
    }

    public bool Renew(string node, ulong incarnation)
    {
        using var batch = _session.Batch(
            PostgresSession.Statement(PostgresControlLogSchema.LockWitnesses),
            PostgresSession.Statement(PostgresControlLogSchema.Renew, node, unchecked((long)incarnation)));
        return PostgresSession.Query(batch, static _ => true, result: 1).Count > 0;
    }

    public List<WitnessRow> Witnesses() => _session.Query(PostgresControlLogSchema.Witnesses, static row => new WitnessRow(
        row.GetString(0), unchecked((ulong)row.GetInt64(1)), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetInt64(3)));

    public void Dispose() => _session.Dispose();

    private NpgsqlBatchCommand Statement(ControlLogAppend append, DateTimeOffset now)
    {
        var fences = append.Fences;
        object?[] values =
        [
            append.Seen, append.Version, ControlLogDigest.Of(append.Text), append.SeenDigest, append.ProposalId,
            new NpgsqlParameter<string[]> { TypedValue = [.. fences.Select(fence => fence.Node)] },
            new NpgsqlParameter<long[]> { TypedValue = [.. fences.Select(fence => unchecked((long)fence.Incarnation))] },
            new NpgsqlParameter<long?[]> { TypedValue = [.. fences.Select(fence => fence.Sequence)] },
            append.Text, now.ToUnixTimeMilliseconds(), _channel,
        ];
        if (append.Compaction is not { } compaction) return PostgresSession.Statement(PostgresControlLogSchema.Append, values);
        var (version, digest, text) = compaction.Checkpoint;
        return PostgresSession.Statement(
            PostgresControlLogSchema.AppendAndCompact,
            [.. values, version, digest, text, (long)compaction.KeepRows, DeletedRowsMax, (long)ControlLogDigest.KeptMax]);
    }

    private ControlLogIdentity DrawIdentity()
    {
        var drawn = RandomNumberGenerator.GetBytes(sizeof(ulong) + 32);
        using var batch = _session.Batch(PostgresSession.Statement(
            "insert into control_log_identity values(1, $1, $2) on conflict do nothing",
            BitConverter.ToInt64(drawn), (ReadOnlyMemory<byte>)drawn.AsMemory(sizeof(ulong))));
        PostgresSession.Execute(batch);
        return ReadIdentity()!; // Ours, or that of a process which was a moment earlier.
    }

    private ControlLogIdentity? ReadIdentity()
    {
        var rows = _session.Query("select store_id, secret from control_log_identity", static row =>
            new ControlLogIdentity(unchecked((ulong)row.GetInt64(0)), row.GetFieldValue<byte[]>(1)));
        return rows.Count > 0 ? rows[0] : null;
    }
}
