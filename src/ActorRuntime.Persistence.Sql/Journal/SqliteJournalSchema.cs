using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal's tables. Version 2 added the order over all persistence ids, tags, and adapters' manifests.</summary>
internal static class SqliteJournalSchema
{
    /// <summary>What makes up an event beside its persistence id.</summary>
    public const string EventColumns =
        "e.sequence_nr, manifest, serializer_id, payload, checksum, writer_scope, writer_term, timestamp_ms, adapter_manifest";

    private const string CreateSql = """
        create table journal_event(
            persistence_id text not null,
            sequence_nr integer not null,
            manifest text not null,
            serializer_id integer not null,
            payload blob not null,
            checksum integer not null,
            writer_scope text not null,
            writer_term integer not null,
            timestamp_ms integer not null,
            position integer not null default 0,
            adapter_manifest text not null default '',
            primary key (persistence_id, sequence_nr)) without rowid;
        create table journal_deleted(
            persistence_id text primary key,
            to_sequence_nr integer not null) without rowid;
        create table shard_fence(
            scope text primary key,
            term integer not null,
            height integer not null) without rowid;

        """ + OrderSql + "\ninsert into journal_head values(0);";

    /// <summary>The head only grows: a position is not used again when the newest event is deleted.</summary>
    private const string OrderSql = """
        create table journal_position(
            position integer primary key,
            persistence_id text not null,
            sequence_nr integer not null);
        create table journal_tag(
            tag text not null,
            position integer not null,
            primary key (tag, position)) without rowid;
        create index journal_tag_position on journal_tag(position);
        create table journal_head(position integer not null);
        """;

    /// <summary>Events written before there was an order get that of their timestamps, but never against their sequence numbers: the clocks of
    /// several nodes wrote them.</summary>
    private const string UpgradeSql = """
        alter table journal_event add column position integer not null default 0;
        alter table journal_event add column adapter_manifest text not null default '';

        """ + OrderSql + """

        insert into journal_position
            select row_number() over (order by at, persistence_id, sequence_nr), persistence_id, sequence_nr
            from (select persistence_id, sequence_nr, max(timestamp_ms) over (partition by persistence_id order by sequence_nr) as at
                from journal_event);
        create index upgrade on journal_position(persistence_id, sequence_nr);
        update journal_event set position = (select position from journal_position o
            where o.persistence_id = journal_event.persistence_id and o.sequence_nr = journal_event.sequence_nr);
        drop index upgrade;
        insert into journal_head select coalesce(max(position), 0) from journal_position;
        """;

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("journal", CreateSql, [UpgradeSql]);
}
