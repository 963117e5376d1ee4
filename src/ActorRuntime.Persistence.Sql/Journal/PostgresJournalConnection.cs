using System.Security.Cryptography;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Postgres;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The statements of the journal on one connection to PostgreSQL. Blocking; one thread at a time. Benchmark: <c>persist</c>.</summary>
/// <param name="session">Owned.</param>
/// <param name="store">How messages call the server.</param>
/// <param name="writer">Of this process; only the connection that writes touches it.</param>
internal sealed class PostgresJournalConnection(PostgresSession session, string store, PostgresWriter writer) : IJournalConnection
{
    /// <summary>A writer that has not written for so long is gone for certain, and its row with it; one that is not makes a new row.</summary>
    private const string ForgetWriters = "delete from journal_writer where used_at < now() - interval '7 days'";

    private readonly PostgresEventArrays _arrays = new();
    private readonly HashSet<(string, long)> _numbers = [];
    private NpgsqlBatch? _write;
    private NpgsqlParameter<long>? _writerId, _commits, _count;

    /// <summary>Draws the row that counts this process's commits, unless there is one.</summary>
    /// <exception cref="PostgresFailureException">There may be a row more now, of nobody.</exception>
    public void EnsureWriter()
    {
        if (writer.Id is not null) return;
        var id = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        using var batch = session.Batch(
            PostgresSession.Statement(PostgresJournalSchema.Lock), PostgresSession.Statement(ForgetWriters),
            PostgresSession.Statement("insert into journal_writer values($1, 0, null, null, now())", id));
        PostgresSession.Execute(batch);
        (writer.Id, writer.Commits) = (id, 0);
    }

    /// <inheritdoc/>
    /// <remarks>One round trip: lock, fences, checks, events and commit.</remarks>
    public bool Write(IReadOnlyList<AppendOperation> appends)
    {
        Collect(appends);
        if (_arrays.Count == 0) return false;
        var verdict = Send(appends) ?? throw Forgotten();
        Apply(verdict, appends);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Whatever of the old session is still under way has the lock and is waited for, or comes after us and finds the count of the
    /// writer's row moved: it writes nothing then.</remarks>
    public bool Settle(UnsettledCommit commit)
    {
        var (before, appends, scopes) = (PostgresUnsettledCommit)commit;
        try
        {
            using var batch = session.Batch(
                PostgresSession.Statement(PostgresJournalSchema.Lock), PostgresSession.Statement(PostgresJournalSchema.Settle, writer.Id, before),
                PostgresSession.Statement("select commits, refused, details, array[]::text[] from journal_writer where id = $1", writer.Id));
            var rows = PostgresSession.Query(batch, static row => (Commits: row.GetInt64(0), Verdict: row.IsDBNull(1) ? null : Verdict.Read(row, 1)), result: 1);
            if (rows.Count == 0 || rows[0].Commits != before + 1) throw new StoreRefusedException(
                $"{store}: the row of this process in journal_writer is gone or another one's, so that it cannot be told what became of its last " +
                "write. The tables were changed by hand or restored; restart the node");
            var moved = rows[0].Verdict is null ? [] : scopes.Where(HasMovedByOne).ToArray();
            writer.Commits = before + 1;
            if (rows[0].Verdict is not { } verdict) return false;
            Apply(verdict with { Moved = moved }, appends, isCounted: true);
            return true;
        }
        catch (PostgresFailureException e) when (e.IsUnknown)
        {
            throw new UnknownCommitException(store, e, commit);
        }
    }

    /// <summary>Nothing: a commit that was answered is durable.</summary>
    public void Flush()
    {
    }

    /// <inheritdoc cref="Flush"/>
    public void MendFlush()
    {
    }

    public long Raise(WriterFence fence)
    {
        var (term, height) = Repeatable(() =>
        {
            using var batch = session.Batch(
                PostgresSession.Statement(PostgresJournalSchema.Lock),
                PostgresSession.Statement(PostgresJournalSchema.Raise, fence.Scope, fence.Term),
                PostgresSession.Statement("select term, height from shard_fence where scope = $1", fence.Scope));
            return PostgresSession.Query(batch, static row => (row.GetInt64(0), row.GetInt64(1)), result: 1)[0];
        });
        if (term != fence.Term) throw new FencedException(fence.Scope, fence.Term, term);
        writer.Raised[fence.Scope] = (term, height);
        return height;
    }

    /// <inheritdoc/>
    /// <remarks>One round trip, and one transaction on the server: lock, fence, events, deletions, fence as it is then.</remarks>
    public long WriteBehind(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        _arrays.Clear();
        foreach (var added in blocks.Events) _arrays.Add(0, added);
        var (term, height) = Repeatable(() =>
        {
            using var batch = session.Batch(
                PostgresSession.Statement(PostgresJournalSchema.Lock),
                PostgresSession.Statement(
                    PostgresJournalSchema.WriteBehind, fence.Scope, fence.Term, afterHeight, blocks.ToHeight, _arrays.Count, Of(_arrays.PersistenceIds),
                    Of(_arrays.SequenceNrs), Of(_arrays.Manifests), Of(_arrays.SerializerIds), Of(_arrays.Payloads), Of(_arrays.Checksums),
                    Of(_arrays.Scopes), Of(_arrays.Terms), Of(_arrays.Timestamps), Of(_arrays.AdapterManifests), Of(_arrays.Tags), Of(_arrays.Tagged)));
            if (blocks.Deletions.Count > 0)
                batch.BatchCommands.Add(PostgresSession.Statement(
                    PostgresJournalSchema.DeleteBehind, fence.Scope, fence.Term, blocks.ToHeight,
                    Of(blocks.Deletions.Select(static deletion => deletion.PersistenceId).ToList()),
                    Of(blocks.Deletions.Select(static deletion => deletion.ToSequenceNr).ToList())));
            batch.BatchCommands.Add(PostgresSession.Statement("select term, height from shard_fence where scope = $1", fence.Scope));
            var rows = PostgresSession.Query(batch, static row => (row.GetInt64(0), row.GetInt64(1)), result: 2);
            return rows.Count > 0 ? rows[0] : default;
        });
        if (term != fence.Term) throw new FencedException(fence.Scope, fence.Term, term);
        writer.Raised[fence.Scope] = (term, height);
        return height;
    }

    public void Delete(WriterFence by, string persistenceId, long toSequenceNr)
    {
        var to = Math.Min(toSequenceNr, Highest(persistenceId)); // A deletion that comes late must not reach what was written since.
        var isHolder = Repeatable(() =>
        {
            using var batch = session.Batch(
                PostgresSession.Statement(PostgresJournalSchema.Lock),
                PostgresSession.Statement(PostgresJournalSchema.Delete, by.Scope ?? "", by.Term, persistenceId, to));
            return PostgresSession.Query(batch, static _ => true, result: 1).Count > 0;
        });
        if (!isHolder) throw new FencedException(by.Scope!, by.Term, ReadFence(by.Scope!).Term);
    }

    public List<JournalEvent> Read(string persistenceId, long fromSequenceNr, long toSequenceNr, int maxEvents)
    {
        JournalEvent? last = null;
        return session.Query(
            $"""
            select e.persistence_id, {PostgresJournalSchema.EventColumns} from journal_event e
            where persistence_id = $1 and sequence_nr >= $2 and sequence_nr <= $3 order by sequence_nr limit $4
            """,
            row => last = ReadRow(row, last), persistenceId, fromSequenceNr, toSequenceNr, (long)maxEvents);
    }

    public List<OrderedEvent> ReadOrdered(string? tag, long afterPosition, int max)
    {
        const string all = $"""
            select e.persistence_id, {PostgresJournalSchema.EventColumns}, e.position from journal_event e
            where e.position > $1 order by e.position limit $2
            """;
        const string tagged = $"""
            select e.persistence_id, {PostgresJournalSchema.EventColumns}, e.position
            from journal_tag t join journal_event e on e.position = t.position
            where t.tag = $3 and t.position > $1 order by t.position limit $2
            """;
        JournalEvent? last = null;
        Func<NpgsqlDataReader, OrderedEvent> read = row => new OrderedEvent(row.GetInt64(10), last = ReadRow(row, last));
        return tag is null ? session.Query(all, read, afterPosition, (long)max) : session.Query(tagged, read, afterPosition, (long)max, tag);
    }

    public long Highest(string persistenceId) => session.QueryOne(
        """
        select greatest(coalesce((select max(sequence_nr) from journal_event where persistence_id = $1), 0),
            coalesce((select to_sequence_nr from journal_deleted where persistence_id = $1), 0))
        """,
        static row => row.GetInt64(0), persistenceId);

    public long HighestPosition() => session.QueryOne("select position from journal_head where id = 1", static row => row.GetInt64(0));

    public long HighestTerm() => session.QueryOne("select coalesce(max(term), 0) from shard_fence", static row => row.GetInt64(0));

    public List<string> Ids(string afterId, int max) => session.Query(
        """
        with recursive id(value) as (
            select min(persistence_id) from journal_event where persistence_id > $1
            union all
            select (select min(persistence_id) from journal_event where persistence_id > id.value) from id where id.value is not null)
        select value from id where value is not null limit $2
        """,
        static row => row.GetString(0), afterId, (long)max);

    public void Dispose()
    {
        _write?.Dispose();
        session.Dispose();
    }

    /// <summary>Into arrays; what can be told to be refused without them keeps its refusal.</summary>
    private void Collect(IReadOnlyList<AppendOperation> appends)
    {
        _arrays.Clear();
        _numbers.Clear();
        for (var i = 0; i < appends.Count; i++)
        {
            var append = appends[i];
            append.Refusal = Admit(append.Writer) ?? (Exception?)Repeated(append.Events);
            if (append.Refusal is not null) continue;
            foreach (var added in append.Events)
            {
                _numbers.Add((added.PersistenceId, added.SequenceNr));
                _arrays.Add(i, added);
            }
        }
    }

    private FencedException? Admit(WriterFence by)
    {
        if (by.IsNone) return null;
        if (!writer.Raised.TryGetValue(by.Scope, out var own) || own.Term != by.Term)
            return new FencedException(by.Scope, by.Term, ReadFence(by.Scope).Term);
        if (_arrays.OwnScopes.Contains(by.Scope)) return null; // As many as this node leads shards: few.
        _arrays.OwnScopes.Add(by.Scope);
        _arrays.OwnTerms.Add(own.Term);
        _arrays.OwnHeights.Add(own.Height);
        return null;
    }

    /// <summary>Two actors of one process under the same id: the database could not tell their events apart within one statement.</summary>
    private SequenceTakenException? Repeated(IReadOnlyList<JournalEvent> events)
    {
        foreach (var added in events)
        {
            if (_numbers.Contains((added.PersistenceId, added.SequenceNr))) return new SequenceTakenException(events[0], added.SequenceNr);
        }
        return null;
    }

    /// <summary>What became of the appends; null when the writer's row is not there.</summary>
    private Verdict? Send(IReadOnlyList<AppendOperation> appends)
    {
        _write ??= PrepareWrite();
        (_writerId!.TypedValue, _commits!.TypedValue, _count!.TypedValue) = (writer.Id!.Value, writer.Commits, _arrays.Count);
        try
        {
            var verdicts = PostgresSession.Query(_write, static row => Verdict.Read(row, 0), result: 1);
            return verdicts.Count > 0 ? verdicts[0] : null;
        }
        catch (PostgresFailureException e) when (e.IsUnknown)
        {
            throw new UnknownCommitException(store, e, new PostgresUnsettledCommit(writer.Commits, [.. appends], [.. _arrays.OwnScopes]));
        }
    }

    private NpgsqlBatch PrepareWrite()
    {
        (_writerId, _commits, _count) = (new(), new(), new());
        return session.Batch(
            PostgresSession.Statement(PostgresJournalSchema.Lock),
            PostgresSession.Statement(
                PostgresJournalSchema.Write, _writerId, _commits, Of(_arrays.OwnScopes), Of(_arrays.OwnTerms), Of(_arrays.OwnHeights), Of(_arrays.Appends),
                Of(_arrays.PersistenceIds), Of(_arrays.SequenceNrs), Of(_arrays.Manifests), Of(_arrays.SerializerIds), Of(_arrays.Payloads),
                Of(_arrays.Checksums), Of(_arrays.Scopes), Of(_arrays.Terms), Of(_arrays.Timestamps), Of(_arrays.AdapterManifests), _count,
                Of(_arrays.Tags), Of(_arrays.Tagged), Of(_arrays.TagAppends)));
    }

    private static NpgsqlParameter<List<T>> Of<T>(List<T> values) => new() { TypedValue = values };

    private void Apply(Verdict verdict, IReadOnlyList<AppendOperation> appends, bool isCounted = false)
    {
        if (!isCounted) writer.Commits++;
        foreach (var scope in verdict.Moved) writer.Raised[scope] = writer.Raised[scope] with { Height = writer.Raised[scope].Height + 1 };
        for (var i = 0; i < verdict.Refused.Length; i++)
        {
            var (append, detail) = (appends[verdict.Refused[i]], verdict.Details[i]);
            append.Refusal = detail < 0
                ? new FencedException(append.Writer.Scope, append.Writer.Term, -1 - detail)
                : new SequenceTakenException(append.Events[0], detail);
        }
    }

    private StoreUnreachableException Forgotten()
    {
        writer.Id = null;
        return new StoreUnreachableException($"{store}: the row of this process in journal_writer is gone; it makes another one and tries again");
    }

    private bool HasMovedByOne(string scope) =>
        writer.Raised.TryGetValue(scope, out var own) && ReadFence(scope) == (own.Term, own.Height + 1);

    private (long Term, long Height) ReadFence(string scope)
    {
        var rows = session.Query(
            "select term, height from shard_fence where scope = $1", static row => (row.GetInt64(0), row.GetInt64(1)), scope);
        return rows.Count > 0 ? rows[0] : default;
    }

    /// <summary>What does no harm when it is done twice.</summary>
    private T Repeatable<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (PostgresFailureException e) when (e.IsUnknown)
        {
            throw new UnknownCommitException(store, e, commit: null);
        }
    }

    /// <param name="row">Persistence id and <see cref="PostgresJournalSchema.EventColumns"/>.</param>
    /// <param name="previous">Of the same query.</param>
    private JournalEvent ReadRow(NpgsqlDataReader row, JournalEvent? previous)
    {
        var (id, number, manifest, payload) = (row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetFieldValue<byte[]>(4));
        if (Checksum.Of(payload) != (uint)row.GetInt64(5))
        {
            throw new JournalException($"{store}: event {number} of {id} (manifest '{manifest}') is damaged: its checksum differs. " +
                "Restore the database from a backup");
        }
        var by = new WriterFence(row.GetString(6), row.GetInt64(7));
        if (by == previous?.Writer) by = previous.Writer; // One string for a run of equal ones.
        if (manifest == previous?.Manifest) manifest = previous.Manifest;
        if (id == previous?.PersistenceId) id = previous.PersistenceId;
        var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(8));
        return new JournalEvent(id, number, manifest, row.GetInt32(3), payload, timestamp, by) { AdapterManifest = row.GetString(9) };
    }

    /// <summary>What the database says of a group.</summary>
    /// <param name="Refused">Numbers of the appends that were not written.</param>
    /// <param name="Details">Why, see <see cref="PostgresJournalSchema.Write"/>.</param>
    /// <param name="Moved">Scopes whose fences were ours.</param>
    private sealed record Verdict(int[] Refused, long[] Details, string[] Moved)
    {
        public static Verdict Read(NpgsqlDataReader row, int column) => new(
            row.GetFieldValue<int[]>(column), row.GetFieldValue<long[]>(column + 1), row.GetFieldValue<string[]>(column + 2));
    }
}
