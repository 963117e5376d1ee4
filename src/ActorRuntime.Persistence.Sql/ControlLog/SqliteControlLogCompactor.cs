using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The statements by which a checkpoint takes the place of rows. Inside a transaction of the caller's.</summary>
/// <remarks>Of a deleted row its digest stays, so that a node which has applied it still sees whether this is its history (SAFETY 1A-3).
/// </remarks>
internal sealed class SqliteControlLogCompactor(SqliteDatabase database)
{
    /// <summary>Most rows deleted by one compaction: it is one transaction, and other processes wait for it. The rest goes with the next.</summary>
    private const int DeletedRowsMax = 20_000;

    private readonly SqliteStatement _textAt = database.Prepare("select text from control_log where version = ?");
    private readonly SqliteStatement _pastDigest = database.Prepare("select digest from control_log_past where version = ?");
    private readonly SqliteStatement _checkpoint = database.Prepare("select version, digest, text from control_log_checkpoint");
    private readonly SqliteStatement _oldest = database.Prepare(
        "select min(version) from (select min(version) as version from control_log_past union all select min(version) from control_log)");
    private readonly SqliteStatement _store = database.Prepare("insert or replace into control_log_checkpoint values(1, ?1, ?2, ?3)");
    private readonly SqliteStatement _lastKept = database.Prepare(
        "select min(version) from (select version from control_log where version <= ?1 order by version desc limit ?2)");
    private readonly SqliteStatement _superfluous = database.Prepare(
        $"select version, text from control_log where version < ? order by version limit {DeletedRowsMax}");
    private readonly SqliteStatement _remember = database.Prepare("insert into control_log_past values(?, ?)");
    private readonly SqliteStatement _delete = database.Prepare("delete from control_log where version <= ?");
    private readonly SqliteStatement _forget = database.Prepare("""
        delete from control_log_past where version <= (select version from control_log_past order by version desc limit 1 offset ?)
        """);

    /// <summary>Where a reader stands that has applied <paramref name="known"/>.</summary>
    public ControlLogBase ReadBase(long head, long known)
    {
        var digest = known == 0 ? null : DigestAt(known);
        var isSkipped = digest is null && known < head && Number(_oldest) is { } oldest && oldest < known;
        return new ControlLogBase(head, ReadCheckpoint(), digest, isSkipped);
    }

    /// <summary>SHA-256 of the row's text, deleted or not; empty at version 0, null where the log holds none.</summary>
    public string? DigestAt(long version)
    {
        if (version == 0) return "";
        try
        {
            if (_textAt.Bind(1, version).Step()) return ControlLogDigest.Of(_textAt.Text(0));
        }
        finally
        {
            _textAt.Reset();
        }
        try
        {
            return _pastDigest.Bind(1, version).Step() ? Convert.ToHexStringLower(_pastDigest.Blob(0)) : null;
        }
        finally
        {
            _pastDigest.Reset();
        }
    }

    /// <summary>Stores the checkpoint and replaces older rows by their digests.</summary>
    public void Compact(ControlLogCompaction compaction)
    {
        var (version, digest, text) = compaction.Checkpoint;
        _store.Bind(1, version).Bind(2, digest).Bind(3, text).Run();
        if (Number(_lastKept.Bind(1, version).Bind(2, compaction.KeepRows)) is not { } lastKept) return;
        long deleted = 0;
        try
        {
            _superfluous.Bind(1, lastKept);
            while (_superfluous.Step())
            {
                deleted = _superfluous.Number(0);
                _remember.Bind(1, deleted).Bind(2, Convert.FromHexString(ControlLogDigest.Of(_superfluous.Text(1)))).Run();
            }
        }
        finally
        {
            _superfluous.Reset();
        }
        _delete.Bind(1, deleted).Run();
        _forget.Bind(1, ControlLogDigest.KeptMax).Run();
    }

    private ControlLogCheckpoint? ReadCheckpoint()
    {
        try
        {
            return _checkpoint.Step() ? new ControlLogCheckpoint(_checkpoint.Number(0), _checkpoint.Text(1), _checkpoint.Text(2)) : null;
        }
        finally
        {
            _checkpoint.Reset();
        }
    }

    private static long? Number(SqliteStatement statement)
    {
        try
        {
            return statement.Step() && !statement.IsNull(0) ? statement.Number(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }
}
