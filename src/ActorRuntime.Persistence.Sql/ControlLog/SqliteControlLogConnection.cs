using System.Security.Cryptography;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The statements of the control log on one connection. Blocking; one thread at a time.</summary>
/// <remarks>
/// A witness row is kept per (node, incarnation) and never deleted once fenced: otherwise a fenced incarnation could take the row back
/// after its successor was fenced too. The head row is never deleted, nor the row a checkpoint ends with (SAFETY 1A-1).
/// </remarks>
internal sealed class SqliteControlLogConnection : IControlLogConnection
{
    private const string CreateSql = """
        create table control_log(
            version integer primary key check (version > 0),
            proposal_id text not null,
            text text not null,
            committed_at_ms integer not null);
        create table control_log_witness(
            node text not null,
            incarnation integer not null,
            sequence integer not null,
            fenced_by integer,
            primary key (node, incarnation)) without rowid;
        create table control_log_identity(
            id integer primary key check (id = 1),
            store_id integer not null,
            secret blob not null);
        """;

    private const string CreateCompactionSql = """
        create table control_log_checkpoint(
            id integer primary key check (id = 1),
            version integer not null,
            digest text not null,
            text text not null);
        create table control_log_past(
            version integer primary key,
            digest blob not null);
        """;

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("control-log", CreateSql + "\n" + CreateCompactionSql, [CreateCompactionSql]);

    private readonly SqliteDatabase _database;
    private readonly string _path;
    private readonly SqliteStatement _head, _read, _insert, _readIdentity, _createIdentity;
    private readonly SqliteControlLogCompactor _compactor;
    private readonly SqliteStatement _renew, _fence, _fenceUnseen, _readWitnesses;

    private SqliteControlLogConnection(SqliteDatabase database, string path)
    {
        (_database, _path) = (database, path);
        _head = _database.Prepare("select coalesce(max(version), 0) from control_log");
        _read = _database.Prepare(
            "select version, proposal_id, text, committed_at_ms from control_log where version >= ? order by version limit ?");
        _insert = _database.Prepare(
            "insert into control_log select ?5, ?2, ?3, ?4 where (select coalesce(max(version), 0) from control_log) = ?1");
        _compactor = new SqliteControlLogCompactor(database);
        _readIdentity = _database.Prepare("select store_id, secret from control_log_identity");
        _createIdentity = _database.Prepare("insert or ignore into control_log_identity values(1, ?, ?)");
        _renew = _database.Prepare("""
            insert into control_log_witness select ?1, ?2, 1, null
            where not exists (select 1 from control_log_witness where node = ?1 and incarnation <> ?2 and fenced_by is null)
            on conflict(node, incarnation) do update set sequence = sequence + 1 where fenced_by is null
            """);
        _fence = _database.Prepare("""
            update control_log_witness set fenced_by = ?4
            where node = ?1 and incarnation = ?2 and (?3 is null or sequence = ?3) and fenced_by is null
            """);
        _fenceUnseen = _database.Prepare("""
            insert or ignore into control_log_witness select ?1, ?2, 0, ?4
            where ?3 is null or (?3 = 0 and not exists (select 1 from control_log_witness where node = ?1 and fenced_by is null))
            """);
        _readWitnesses = _database.Prepare("""
            select node, incarnation, sequence, fenced_by from control_log_witness as w
            where fenced_by is null or fenced_by = (select max(fenced_by) from control_log_witness where node = w.node)
            order by node, fenced_by nulls last, incarnation
            """);
    }

    public ControlLogIdentity Identity { get; private set; } = null!;

    /// <summary>Opens the file and reads its identity, or draws it if the log is new.</summary>
    /// <inheritdoc cref="SqliteFile.Open"/>
    public static SqliteControlLogConnection Open(SqliteControlLogOptions options, bool mayCreate)
    {
        var database = SqliteFile.Open(options.Path, Component, options.BusyTimeout, mayCreate);
        try
        {
            var connection = new SqliteControlLogConnection(database, options.Path);
            connection.Identity = connection.ReadIdentity() ?? connection.DrawIdentity();
            return connection;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public long Head()
    {
        try
        {
            _head.Step();
            return _head.Number(0);
        }
        finally
        {
            _head.Reset();
        }
    }

    public List<ControlLogRow> Read(long fromVersion, int maxRows)
    {
        var rows = new List<ControlLogRow>();
        try
        {
            _read.Bind(1, fromVersion).Bind(2, maxRows);
            while (_read.Step())
            {
                var committedAt = DateTimeOffset.FromUnixTimeMilliseconds(_read.Number(3));
                rows.Add(new ControlLogRow(_read.Number(0), _read.Text(1), _read.Text(2), committedAt));
            }
            return rows;
        }
        finally
        {
            _read.Reset();
        }
    }

    /// <summary>One read transaction: all of it is of one moment.</summary>
    public ControlLogBase ReadBase(long known)
    {
        _database.Execute("begin");
        try
        {
            return _compactor.ReadBase(Head(), known);
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    /// <summary>Unknown only after a commit that failed: everything before it is undone for certain.</summary>
    public AppendOutcome Append(ControlLogAppend append, DateTimeOffset now)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            if (!TryWrite(append, now)) return AppendOutcome.Conflict;
            try
            {
                _database.Commit();
                return AppendOutcome.Applied;
            }
            catch (SqliteFailureException)
            {
                return AppendOutcome.Unknown; // The frames may stand complete in the write-ahead log and be found by the next recovery.
            }
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    public bool Renew(string node, ulong incarnation)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        return _renew.Bind(1, node).Bind(2, unchecked((long)incarnation)).Run() == 1;
    }

    public List<WitnessRow> Witnesses()
    {
        var rows = new List<WitnessRow>();
        try
        {
            while (_readWitnesses.Step())
            {
                long? fencedBy = _readWitnesses.IsNull(3) ? null : _readWitnesses.Number(3);
                var incarnation = unchecked((ulong)_readWitnesses.Number(1));
                rows.Add(new WitnessRow(_readWitnesses.Text(0), incarnation, _readWitnesses.Number(2), fencedBy));
            }
            return rows;
        }
        finally
        {
            _readWitnesses.Reset();
        }
    }

    public void Dispose() => _database.Dispose();

    private ControlLogIdentity DrawIdentity()
    {
        var drawn = RandomNumberGenerator.GetBytes(sizeof(ulong) + 32);
        _createIdentity.Bind(1, BitConverter.ToInt64(drawn)).Bind(2, drawn.AsSpan(sizeof(ulong))).Run();
        return ReadIdentity()!; // Ours, or that of a process which was a moment earlier.
    }

    private ControlLogIdentity? ReadIdentity()
    {
        try
        {
            if (!_readIdentity.Step()) return null;
            return new ControlLogIdentity(unchecked((ulong)_readIdentity.Number(0)), _readIdentity.Blob(1).ToArray());
        }
        finally
        {
            _readIdentity.Reset();
        }
    }

    private bool TryWrite(ControlLogAppend append, DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        if (append.SeenDigest is { } seen && seen != _compactor.DigestAt(append.Seen)) return false;
        _insert.Bind(1, append.Seen).Bind(2, append.ProposalId).Bind(3, append.Text).Bind(4, time).Bind(5, append.Version);
        if (_insert.Run() == 0) return false;
        foreach (var fence in append.Fences)
        {
            var isFenced = Bind(_fence, fence, append.Version).Run() > 0 || Bind(_fenceUnseen, fence, append.Version).Run() > 0;
            if (!isFenced && fence.Sequence is not null) return false; // Without a sequence: fenced before, which will do.
        }
        if (append.Compaction is { } compaction) _compactor.Compact(compaction);
        return true;
    }

    private static SqliteStatement Bind(SqliteStatement statement, WitnessFence fence, long version) =>
        statement.Bind(1, fence.Node).Bind(2, unchecked((long)fence.Incarnation)).Bind(3, fence.Sequence).Bind(4, version);
}
