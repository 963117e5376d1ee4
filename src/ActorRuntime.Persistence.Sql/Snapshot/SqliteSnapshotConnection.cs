using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>The statements of the snapshot store on one connection. Blocking; one thread at a time.</summary>
internal sealed class SqliteSnapshotConnection : ISnapshotConnection
{
    private const string CreateSql = """
        create table snapshot(
            persistence_id text not null,
            sequence_nr integer not null,
            timestamp_ms integer not null,
            manifest text not null,
            serializer_id integer not null,
            payload blob not null,
            checksum integer not null,
            primary key (persistence_id, sequence_nr));

        """ + "\n" + CreateFenceSql;

    /// <summary>The journal may live in another file, so the terms are kept here once more.</summary>
    private const string CreateFenceSql = """
        create table snapshot_fence(
            scope text primary key,
            term integer not null) without rowid;
        """;

    private const string Within =
        "where persistence_id = ?1 and sequence_nr <= ?2 and sequence_nr >= ?3 and timestamp_ms <= ?4 and timestamp_ms >= ?5";

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("snapshot", CreateSql, [CreateFenceSql]);

    private readonly SqliteDatabase _database;
    private readonly string _path;
    private readonly SqliteStatement _raise, _readTerm, _save, _load, _delete;

    private SqliteSnapshotConnection(SqliteDatabase database, string path)
    {
        (_database, _path) = (database, path);
        _raise = database.Prepare("""
            insert into snapshot_fence values(?1, ?2)
            on conflict(scope) do update set term = excluded.term where term <= excluded.term
            """);
        _readTerm = database.Prepare("select term from snapshot_fence where scope = ?");
        _save = database.Prepare("insert or replace into snapshot values(?, ?, ?, ?, ?, ?, ?)");
        _load = database.Prepare(
            $"select sequence_nr, timestamp_ms, manifest, serializer_id, payload, checksum from snapshot {Within} order by sequence_nr desc limit 1");
        _delete = database.Prepare($"delete from snapshot {Within}");
    }

    /// <inheritdoc cref="SqliteFile.Open"/>
    public static SqliteSnapshotConnection Open(SqliteJournalOptions options, bool mayCreate)
    {
        var database = SqliteFile.Open(options.Path, Component, options.BusyTimeout, mayCreate, flushesApart: true);
        try
        {
            return new SqliteSnapshotConnection(database, options.Path);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Raise(WriterFence fence) => Write(() =>
    {
        if (_raise.Bind(1, fence.Scope).Bind(2, fence.Term).Run() != 1) throw new FencedException(fence.Scope, fence.Term, Term(fence.Scope));
    });

    public void Save(WriterFence writer, StoredSnapshot snapshot) => Write(() =>
    {
        Admit(writer);
        _save
            .Bind(1, snapshot.Metadata.PersistenceId)
            .Bind(2, snapshot.Metadata.SequenceNr)
            .Bind(3, ToMilliseconds(snapshot.Metadata.Timestamp))
            .Bind(4, snapshot.Manifest)
            .Bind(5, snapshot.SerializerId)
            .Bind(6, snapshot.Payload.Span)
            .Bind(7, Checksum.Of(snapshot.Payload.Span))
            .Run();
    });

    public StoredSnapshot? Load(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        try
        {
            if (!Bind(_load, persistenceId, criteria).Step()) return null;
            var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(_load.Number(1)).UtcDateTime;
            var metadata = new SnapshotMetadata(persistenceId, _load.Number(0), timestamp);
            var payload = _load.Blob(4).ToArray();
            if (Checksum.Of(payload) == (uint)_load.Number(5)) return new StoredSnapshot(metadata, _load.Text(2), (int)_load.Number(3), payload);
            throw new SnapshotDamagedException(
                metadata, $"{_path}: snapshot {metadata.SequenceNr} of {persistenceId} (manifest '{_load.Text(2)}') is damaged: its checksum differs");
        }
        finally
        {
            _load.Reset();
        }
    }

    public void Delete(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) => Write(() =>
    {
        Admit(writer);
        Bind(_delete, persistenceId, criteria).Run();
    });

    public void Dispose() => _database.Dispose();

    /// <summary>The term is read in the transaction that relies on it: nobody raises it in between.</summary>
    private void Admit(WriterFence writer)
    {
        if (writer.IsNone) return;
        var current = Term(writer.Scope);
        if (current != writer.Term) throw new FencedException(writer.Scope, writer.Term, current);
    }

    private long Term(string scope)
    {
        try
        {
            return _readTerm.Bind(1, scope).Step() ? _readTerm.Number(0) : 0;
        }
        finally
        {
            _readTerm.Reset();
        }
    }

    private void Write(Action change)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            change();
            _database.Commit();
        }
        finally
        {
            _database.RollbackIfOpen();
        }
        _database.FlushLog();
    }

    private static SqliteStatement Bind(SqliteStatement statement, string persistenceId, SnapshotSelectionCriteria criteria) => statement
        .Bind(1, persistenceId)
        .Bind(2, criteria.MaxSequenceNr)
        .Bind(3, criteria.MinSequenceNr)
        .Bind(4, ToMilliseconds(criteria.MaxTimeStamp))
        .Bind(5, ToMilliseconds(criteria.MinTimestamp ?? DateTime.MinValue));

    private static long ToMilliseconds(DateTime time) =>
        new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeMilliseconds();
}
