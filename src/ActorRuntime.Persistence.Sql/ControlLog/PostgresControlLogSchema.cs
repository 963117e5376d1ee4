using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>The control log's tables in PostgreSQL, and the statements that write. What they promise: docs/storage-postgres.md.</summary>
/// <remarks>
/// A witness row is kept per (node, incarnation) and never deleted once fenced: otherwise a fenced incarnation could take the row back
/// after its successor was fenced too. The head row is never deleted, nor the row a checkpoint ends with (SAFETY 1A-1).
/// </remarks>
internal static class PostgresControlLogSchema
{
    /// <summary>Begins every transaction that looks at witness rows and changes some: one at a time, so that no row appears in between.</summary>
    public const string LockWitnesses = "select id from control_log_identity for update";

    /// <summary>Inserts if the head is still the one seen, of the text the proposer knows, and all fences can be set; else nothing of it
    /// happens, and there is no row.</summary>
    public const string Append = AppendCore + "select version, pg_notify($11, version::text) from moved";

    /// <summary>The same, and a checkpoint takes the place of rows; of a deleted row its digest stays, so that a node which has applied it still
    /// sees whether this is its history (SAFETY 1A-3).</summary>
    public const string AppendAndCompact = AppendCore + """
        , noted as (
            insert into control_log_checkpoint select 1, $12, $13, $14 from moved
            on conflict (id) do update set version = excluded.version, digest = excluded.digest, text = excluded.text),
        last_kept as (
            select min(version) as version from (
                select version from control_log where version <= $12 order by version desc limit $15) as kept),
        gone as (
            delete from control_log
            where exists (select 1 from moved) and version in (
                select version from control_log where version < (select version from last_kept) order by version limit $16)
            returning version, text),
        past as (insert into control_log_past select version, sha256(convert_to(text, 'UTF8')) from gone),
        forgotten as (
            delete from control_log_past
            where exists (select 1 from moved) and version <= (
                select version from control_log_past order by version desc limit 1 offset $17))
        select version, pg_notify($11, version::text) from moved
        """;

    /// <summary>A row if it was renewed.</summary>
    public const string Renew = """
        insert into control_log_witness select $1, $2, 1, null::bigint
        where not exists (select 1 from control_log_witness where node = $1 and incarnation <> $2 and fenced_by is null)
        on conflict (node, incarnation) do update set sequence = control_log_witness.sequence + 1
        where control_log_witness.fenced_by is null
        returning sequence
        """;

    public const string ReadBase = """
        select (select version from control_log_head), c.version, c.digest, c.text,
            coalesce(
                (select encode(sha256(convert_to(text, 'UTF8')), 'hex') from control_log where version = $1),
                (select encode(digest, 'hex') from control_log_past where version = $1)),
            least((select min(version) from control_log_past), (select min(version) from control_log))
        from (select 1) as always left join control_log_checkpoint c on true
        """;

    public const string Witnesses = """
        select node, incarnation, sequence, fenced_by from control_log_witness as w
        where fenced_by is null or fenced_by = (select max(fenced_by) from control_log_witness where node = w.node)
        order by node, fenced_by nulls last, incarnation
        """;

    private const string AppendCore = """
        with fence as (
            select node, incarnation, max(sequence) as sequence from unnest($6, $7, $8) as f(node, incarnation, sequence)
            group by node, incarnation),
        refused as (
            select 1 from fence f
            where sequence is not null
                and not exists (
                    select 1 from control_log_witness w
                    where w.node = f.node and w.incarnation = f.incarnation and w.sequence = f.sequence and w.fenced_by is null)
                and not (sequence = 0 and not exists (
                    select 1 from control_log_witness w
                    where w.node = f.node and (w.incarnation = f.incarnation or w.fenced_by is null)))),
        moved as (
            update control_log_head set version = $2, digest = $3
            where version = $1 and ($4 is null or digest = $4) and (select coalesce(max(version), 0) from control_log) = $1
                and not exists (select 1 from refused)
            returning version),
        added as (insert into control_log select version, $5, $9, $10 from moved),
        fenced as (
            insert into control_log_witness select node, incarnation, 0, $2 from fence, moved
            on conflict (node, incarnation) do update set fenced_by = excluded.fenced_by where control_log_witness.fenced_by is null)

        """;

    private const string CreateSql = """
        create table control_log(
            version bigint primary key check (version > 0),
            proposal_id text not null,
            text text not null,
            committed_at_ms bigint not null);
        create table control_log_head(
            id integer primary key check (id = 1),
            version bigint not null,
            digest text not null);
        insert into control_log_head values(1, 0, '');
        create table control_log_witness(
            node text collate "C" not null,
            incarnation bigint not null,
            sequence bigint not null,
            fenced_by bigint,
            primary key (node, incarnation));
        create table control_log_identity(
            id integer primary key check (id = 1),
            store_id bigint not null,
            secret bytea not null);
        create table control_log_checkpoint(
            id integer primary key check (id = 1),
            version bigint not null,
            digest text not null,
            text text not null);
        create table control_log_past(
            version bigint primary key,
            digest bytea not null);
        """;

    /// <summary>Tables and version.</summary>
    public static SchemaComponent Component { get; } = new("control-log", CreateSql, []);

    /// <summary>Where appends are announced: one channel for each schema of a database.</summary>
    public static string Channel(string schema) => schema + "_control_log";
}
