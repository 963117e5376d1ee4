using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Postgres;

namespace ActorRuntime.Persistence.Sql.Snapshot;

/// <summary>The statements of the snapshot store on one connection to PostgreSQL. Blocking; one thread at a time.</summary>
/// <remarks>A statement that writes takes the row of its fence for itself, so that nobody raises it before the commit, and finds it as the
/// last commit left it: what arrives after a higher term was raised writes nothing.</remarks>
internal sealed class PostgresSnapshotConnection(PostgresSession session, string store) : ISnapshotConnection
{
    private const string CreateSql = """
        create table snapshot(
            persistence_id text collate "C" not null,
            sequence_nr bigint not null,
            timestamp_ms bigint not null,
            manifest text not null,
            serializer_id integer not null,
            payload bytea not null,
            checksum bigint not null,
            primary key (persistence_id, sequence_nr));
        create table snapshot_fence(
            scope text collate "C" primary key,
            term bigint not null);
        """;

    /// <summary>One row if the writer ($1, $2) holds its scope or needs none.</summary>
    private const string Admitted = """
        with mine as (select 1 from snapshot_fence where scope = $1 and term = $2 for share),
        admitted as (select 1 where $1 = '' union all select 1 from mine)
        """;

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("snapshot", CreateSql, []);

    public void Raise(WriterFence fence)
    {
        var raised = session.Query(
            """
            insert into snapshot_fence values($1, $2)
            on conflict (scope) do update set term = excluded.term where snapshot_fence.term <= excluded.term returning term
            """,
            static row => row.GetInt64(0), fence.Scope, fence.Term);
        if (raised.Count == 0) throw new FencedException(fence.Scope, fence.Term, Term(fence.Scope));
    }

    public void Save(WriterFence writer, StoredSnapshot snapshot) => Demand(writer, session.Query(
        $"""
        {Admitted}
        insert into snapshot select $3, $4, $5, $6, $7, $8, $9 from admitted
        on conflict (persistence_id, sequence_nr) do update set timestamp_ms = excluded.timestamp_ms, manifest = excluded.manifest,
            serializer_id = excluded.serializer_id, payload = excluded.payload, checksum = excluded.checksum
        returning 1
        """,
        static _ => true, writer.Scope ?? "", writer.Term, snapshot.Metadata.PersistenceId, snapshot.Metadata.SequenceNr,
        ToMilliseconds(snapshot.Metadata.Timestamp), snapshot.Manifest, snapshot.SerializerId, snapshot.Payload,
        (long)Checksum.Of(snapshot.Payload.Span)));

    public StoredSnapshot? Load(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        var found = session.Query(
            """
            select sequence_nr, timestamp_ms, manifest, serializer_id, payload, checksum from snapshot
            where persistence_id = $1 and sequence_nr <= $2 and sequence_nr >= $3 and timestamp_ms <= $4 and timestamp_ms >= $5
            order by sequence_nr desc limit 1
            """,
            static row => (Number: row.GetInt64(0), Time: row.GetInt64(1), Manifest: row.GetString(2), Serializer: row.GetInt32(3),
                Payload: row.GetFieldValue<byte[]>(4), Checksum: (uint)row.GetInt64(5)),
            persistenceId, criteria.MaxSequenceNr, criteria.MinSequenceNr, ToMilliseconds(criteria.MaxTimeStamp), Earliest(criteria));
        if (found.Count == 0) return null;
        var snapshot = found[0];
        var metadata = new SnapshotMetadata(persistenceId, snapshot.Number, DateTimeOffset.FromUnixTimeMilliseconds(snapshot.Time).UtcDateTime);
        if (Checksum.Of(snapshot.Payload) == snapshot.Checksum)
            return new StoredSnapshot(metadata, snapshot.Manifest, snapshot.Serializer, snapshot.Payload);
        throw new SnapshotDamagedException(
            metadata, $"{store}: snapshot {metadata.SequenceNr} of {persistenceId} (manifest '{snapshot.Manifest}') is damaged: its checksum differs");
    }

    public void Delete(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria) => Demand(writer, session.Query(
        $"""
        {Admitted},
        gone as (
            delete from snapshot
            where persistence_id = $3 and sequence_nr <= $4 and sequence_nr >= $5 and timestamp_ms <= $6 and timestamp_ms >= $7
                and exists (select 1 from admitted))
        select 1 from admitted
        """,
        static _ => true, writer.Scope ?? "", writer.Term, persistenceId, criteria.MaxSequenceNr, criteria.MinSequenceNr,
        ToMilliseconds(criteria.MaxTimeStamp), Earliest(criteria)));

    public void Dispose() => session.Dispose();

    private void Demand(WriterFence writer, List<bool> admitted)
    {
        if (admitted.Count == 0) throw new FencedException(writer.Scope, writer.Term, Term(writer.Scope));
    }

    private long Term(string scope)
    {
        var terms = session.Query("select term from snapshot_fence where scope = $1", static row => row.GetInt64(0), scope);
        return terms.Count > 0 ? terms[0] : 0;
    }

    private static long Earliest(SnapshotSelectionCriteria criteria) => ToMilliseconds(criteria.MinTimestamp ?? DateTime.MinValue);

    private static long ToMilliseconds(DateTime time) =>
        new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeMilliseconds();
}
