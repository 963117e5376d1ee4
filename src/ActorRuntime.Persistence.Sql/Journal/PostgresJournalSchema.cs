using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal's tables in PostgreSQL, and the statements that write. What they promise: docs/storage-postgres.md.</summary>
internal static class PostgresJournalSchema
{
    /// <summary>What makes up an event beside its persistence id.</summary>
    public const string EventColumns =
        "e.sequence_nr, e.manifest, e.serializer_id, e.payload, e.checksum, e.writer_scope, e.writer_term, e.timestamp_ms, e.adapter_manifest";

    /// <summary>Begins every transaction that writes: one at a time writes the journal, and what its next statement reads is what it writes on.
    /// So positions are in the order of the commits, and no reader can see a later one before an earlier one.</summary>
    public const string Lock = "select position from journal_head where id = 1 for update";

    /// <summary>A group of appends, each written as a whole or refused.</summary>
    /// <remarks>
    /// The heights of the fences move under the condition that term and height are still ours (SAFETY 1C-28). The row of the writer counts its
    /// commits and keeps the verdict of the last one: whoever lost the answer reads it there, see <see cref="Settle"/>.
    /// Lateral lookups with a limit are one visit of an index for each event, whatever the planner believes of a table that was empty when the
    /// statement was prepared.
    /// An append is refused when its fence did not move (detail: -1 - the current term) or one of its numbers is taken (detail: the highest).
    /// </remarks>
    public const string Write = """
        with mine as (select id from journal_writer where id = $1 and commits = $2),
        moved as (
            update shard_fence f set height = f.height + 1
            from unnest($3, $4, $5) as own(scope, term, height), mine
            where f.scope = own.scope and f.term = own.term and f.height = own.height
            returning f.scope),
        added as (
            select * from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) with ordinality as a(
                append, persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms,
                adapter_manifest, n)),
        refused as (
            select a.append, case
                when bool_or(a.writer_scope <> '' and not exists (select 1 from moved where scope = a.writer_scope))
                then -1 - coalesce((select term from shard_fence where scope = min(a.writer_scope)), 0)
                else greatest(
                    coalesce((select max(sequence_nr) from journal_event e where e.persistence_id = min(a.persistence_id)), 0),
                    coalesce((select to_sequence_nr from journal_deleted d where d.persistence_id = min(a.persistence_id)), 0)) end as detail
            from added a
            left join lateral (
                select true as is_taken from journal_event e
                where e.persistence_id = a.persistence_id and e.sequence_nr = a.sequence_nr limit 1) taken on true
            left join lateral (
                select true as is_deleted from journal_deleted d
                where d.persistence_id = a.persistence_id and d.to_sequence_nr >= a.sequence_nr limit 1) deleted on true
            where is_taken or is_deleted or (writer_scope <> '' and not exists (select 1 from moved where scope = writer_scope))
            group by a.append),
        head as (update journal_head set position = position + $17 from mine where journal_head.id = 1 returning position - $17 as base),
        stored as (
            insert into journal_event(
                persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, position,
                adapter_manifest)
            select persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, base + n,
                adapter_manifest
            from head, added where append not in (select append from refused)),
        tagged as (
            insert into journal_tag select distinct tag, base + n from head, unnest($18, $19, $20) as t(tag, n, append)
            where append not in (select append from refused))
        update journal_writer w set commits = w.commits + 1, used_at = now(),
            refused = array(select append from refused order by append), details = array(select detail from refused order by append)
        from mine where w.id = mine.id
        returning w.refused, w.details, array(select scope from moved)
        """;

    /// <summary>After a commit of unknown outcome: a commit in its place, unless it is there. It cannot come later then.</summary>
    public const string Settle =
        "update journal_writer set commits = commits + 1, refused = null, details = null, used_at = now() where id = $1 and commits = $2";

    public const string Raise = """
        insert into shard_fence values($1, $2, 0)
        on conflict (scope) do update set term = excluded.term where shard_fence.term <= excluded.term
        """;

    /// <summary>One row if the writer holds its scope, none if not.</summary>
    public const string Delete = """
        with mine as (select 1 where $1 = '' or exists (select 1 from shard_fence where scope = $1 and term = $2)),
        marked as (
            insert into journal_deleted select $3, $4 from mine where $4 > 0
            on conflict (persistence_id) do update set to_sequence_nr = greatest(journal_deleted.to_sequence_nr, excluded.to_sequence_nr)),
        gone as (
            delete from journal_event where persistence_id = $3 and sequence_nr <= $4 and exists (select 1 from mine) returning position),
        untagged as (delete from journal_tag where position in (select position from gone))
        select 1 from mine
        """;

    /// <summary>Blocks of a replicated log: one row if the height moved, none if not, and nothing is written then.</summary>
    public const string WriteBehind = """
        with moved as (
            update shard_fence set height = $4 where scope = $1 and term = $2 and height = $3 returning height),
        head as (update journal_head set position = position + $5 from moved where journal_head.id = 1 returning position - $5 as base),
        stored as (
            insert into journal_event(
                persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, position,
                adapter_manifest)
            select persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, base + n,
                adapter_manifest
            from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15) with ordinality as a(
                persistence_id, sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, adapter_manifest,
                n), head),
        tagged as (insert into journal_tag select distinct tag, base + n from unnest($16, $17) as t(tag, n), head)
        select height from moved
        """;

    /// <summary>What these blocks delete, after they were written, and only while they are the newest.</summary>
    public const string DeleteBehind = """
        with mine as (select 1 from shard_fence where scope = $1 and term = $2 and height = $3),
        asked as (
            select id, least(upto, greatest(
                coalesce((select max(sequence_nr) from journal_event e where e.persistence_id = id), 0),
                coalesce((select to_sequence_nr from journal_deleted d where d.persistence_id = id), 0))) as upto
            from unnest($4, $5) as a(id, upto), mine),
        marked as (
            insert into journal_deleted select id, upto from asked where upto > 0
            on conflict (persistence_id) do update set to_sequence_nr = greatest(journal_deleted.to_sequence_nr, excluded.to_sequence_nr)),
        gone as (
            delete from journal_event e using asked where e.persistence_id = asked.id and e.sequence_nr <= asked.upto returning e.position)
        delete from journal_tag where position in (select position from gone)
        """;

    private const string CreateSql = """
        create table journal_event(
            persistence_id text collate "C" not null,
            sequence_nr bigint not null,
            manifest text not null,
            serializer_id integer not null,
            payload bytea not null,
            checksum bigint not null,
            writer_scope text not null,
            writer_term bigint not null,
            timestamp_ms bigint not null,
            position bigint not null unique,
            adapter_manifest text not null,
            primary key (persistence_id, sequence_nr));
        create table journal_deleted(
            persistence_id text collate "C" primary key,
            to_sequence_nr bigint not null);
        create table shard_fence(
            scope text collate "C" primary key,
            term bigint not null,
            height bigint not null) with (fillfactor = 50);
        create table journal_tag(
            tag text collate "C" not null,
            position bigint not null,
            primary key (tag, position));
        create index journal_tag_position on journal_tag(position);
        create table journal_head(
            id integer primary key check (id = 1),
            position bigint not null) with (fillfactor = 10);
        insert into journal_head values(1, 0);
        create table journal_writer(
            id bigint primary key,
            commits bigint not null,
            refused integer[],
            details bigint[],
            used_at timestamptz not null) with (fillfactor = 50);
        """;

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("journal", CreateSql, []);
}
