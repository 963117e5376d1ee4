using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The statements of the journal on one connection. Blocking; one thread at a time.</summary>
/// <remarks>
/// The fence of a scope is one row: (term, height). The first statements of every transaction move the heights of the scopes it writes in, under
/// the condition that term and height are still ours (SAFETY 1C-28); a scope whose row does not move is left out, the others go on.
/// </remarks>
internal sealed class SqliteJournalConnection : IJournalConnection
{
    private readonly SqliteDatabase _database;
    private readonly string _path;
    private readonly SqliteStatement _insert, _read, _highest, _markDeleted, _delete, _ids;
    private readonly Dictionary<string, (long Term, long Height)> _raised;
    private readonly SqliteJournalOrder _order;
    private readonly SqliteJournalFences _fences;
    private readonly Dictionary<WriterFence, FencedException?> _verdicts = []; // Of the transaction under way.

    private SqliteJournalConnection(SqliteDatabase database, string path, Dictionary<string, (long Term, long Height)> raised)
    {
        (_database, _path, _raised) = (database, path, raised);
        (_order, _fences) = (new SqliteJournalOrder(database), new SqliteJournalFences(database));
        _insert = database.Prepare("""
            insert into journal_event select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
            where not exists (select 1 from journal_deleted where persistence_id = ?1 and to_sequence_nr >= ?2)
            """);
        _read = database.Prepare($"""
            select persistence_id, {SqliteJournalSchema.EventColumns} from journal_event e where persistence_id = ? and sequence_nr >= ? and sequence_nr <= ? order by sequence_nr limit ?
            """);
        _highest = database.Prepare("""
            select max(coalesce((select max(sequence_nr) from journal_event where persistence_id = ?1), 0),
                coalesce((select to_sequence_nr from journal_deleted where persistence_id = ?1), 0))
            """);
        _markDeleted = database.Prepare("""
            insert into journal_deleted values(?1, ?2)
            on conflict(persistence_id) do update set to_sequence_nr = max(to_sequence_nr, excluded.to_sequence_nr)
            """);
        _delete = database.Prepare("delete from journal_event where persistence_id = ? and sequence_nr <= ?");
        _ids = database.Prepare("""
            with recursive id(value) as (
                select min(persistence_id) from journal_event where persistence_id > ?1
                union all
                select (select min(persistence_id) from journal_event where persistence_id > id.value) from id where id.value is not null)
            select value from id where value is not null limit ?2
            """);
    }

    /// <inheritdoc cref="SqliteFile.Open"/>
    /// <param name="raised">What this process raised, by scope; kept by the caller over connections.</param>
    /// <param name="onCommit">See <see cref="SqliteDatabase.OnCommit"/>.</param>
    public static SqliteJournalConnection Open(
        SqliteJournalOptions options, bool mayCreate, Dictionary<string, (long Term, long Height)> raised, Action<CommitStep>? onCommit = null)
    {
        var database = SqliteFile.Open(options.Path, SqliteJournalSchema.Component, options.BusyTimeout, mayCreate, flushesApart: true);
        try
        {
            database.OnCommit = onCommit;
            return new SqliteJournalConnection(database, options.Path, raised);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Write(IReadOnlyList<AppendOperation> appends)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            _verdicts.Clear();
            _order.Begin();
            JournalEvent? witness = null;
            foreach (var append in appends) append.Refusal = Admit(append.Writer);
            foreach (var append in appends)
            {
                if (append.Refusal is null) append.Refusal = Insert(append.Events);
                if (append.Refusal is null) witness ??= append.Events[0];
            }
            _order.End();
            if (witness is null) return false; // Rolled back: an outcome nobody can read back must not be possible.
            WriterFence[] moved = [.. _verdicts.Where(verdict => verdict.Value is null).Select(verdict => verdict.Key)];
            Commit(new SqliteUnsettledCommit(witness, moved));
            foreach (var writer in moved) Advance(writer);
            return true;
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    /// <inheritdoc/>
    public long Raise(WriterFence fence)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            var isRaised = _fences.TryRaise(fence);
            var (term, height) = _fences.Read(fence.Scope);
            if (!isRaised) throw new FencedException(fence.Scope, fence.Term, term);
            Commit(null);
            _raised[fence.Scope] = (fence.Term, height);
            Flush();
            return height;
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// One transaction wrote all, so one event speaks for the rest. A frame of the failed commit may lie in the log file unseen, and a crash
    /// could bring it to light later: a write in its place settles that it did not happen.
    /// A height that is neither the old nor the next one is not ours: another process writes in this term, and the fence keeps refusing us.
    /// </remarks>
    public bool Settle(UnsettledCommit commit)
    {
        var (witness, moves) = (SqliteUnsettledCommit)commit;
        _database.BeginImmediate();
        try
        {
            var isStored = IsStored(witness);
            WriterFence[] moved = isStored ? [.. moves.Where(HasMovedByOne)] : [];
            _database.Execute("update component set schema_version = schema_version where name = 'journal'");
            Commit(null);
            foreach (var writer in moved) Advance(writer);
            Flush();
            return isStored;
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    public long Highest(string persistenceId)
    {
        try
        {
            _highest.Bind(1, persistenceId).Step();
            return _highest.Number(0);
        }
        finally
        {
            _highest.Reset();
        }
    }

    public List<JournalEvent> Read(string persistenceId, long fromSequenceNr, long toSequenceNr, int maxEvents)
    {
        var events = new List<JournalEvent>();
        try
        {
            _read.Bind(1, persistenceId).Bind(2, fromSequenceNr).Bind(3, toSequenceNr).Bind(4, maxEvents);
            while (_read.Step()) events.Add(ReadRow(_read, events.Count > 0 ? events[^1] : null));
            return events;
        }
        finally
        {
            _read.Reset();
        }
    }

    public List<OrderedEvent> ReadOrdered(string? tag, long afterPosition, int max)
    {
        var events = new List<OrderedEvent>();
        var row = _order.Find(tag, afterPosition, max);
        try
        {
            while (row.Step()) events.Add(new OrderedEvent(row.Number(10), ReadRow(row, events.Count > 0 ? events[^1].Event : null)));
        }
        finally
        {
            row.Reset();
        }
        if (events.Count > 0) Flush();
        return events;
    }

    public long HighestPosition() => _order.Highest();

    public long HighestTerm() => _database.QueryNumber("select coalesce(max(term), 0) from shard_fence");

    public List<string> Ids(string afterId, int max)
    {
        var ids = new List<string>();
        try
        {
            _ids.Bind(1, afterId).Bind(2, max);
            while (_ids.Step()) ids.Add(_ids.Text(0));
            return ids;
        }
        finally
        {
            _ids.Reset();
        }
    }

    public void Delete(WriterFence writer, string persistenceId, long toSequenceNr)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            if (!writer.IsNone)
            {
                var current = _fences.Read(writer.Scope).Term;
                if (current != writer.Term) throw new FencedException(writer.Scope, writer.Term, current);
            }
            DeleteRows(persistenceId, toSequenceNr);
            Commit(null);
            Flush();
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    /// <inheritdoc/>
    /// <remarks>A commit whose outcome is unknown is written in its place again, or found to be there.</remarks>
    public long WriteBehind(WriterFence fence, long afterHeight, CommittedBlocks blocks)
    {
        SqliteFile.EnsureInPlace(_database, _path);
        _database.BeginImmediate();
        try
        {
            if (!_fences.TryMove(fence, afterHeight, blocks.ToHeight))
            {
                var (term, height) = _fences.Read(fence.Scope);
                if (term != fence.Term) throw new FencedException(fence.Scope, fence.Term, term);
                Flush(); // What is read back must last.
                return height;
            }
            _order.Begin();
            foreach (var added in blocks.Events)
                if (!TryInsert(added)) throw new SequenceTakenException(added, Highest(added.PersistenceId));
            _order.End();
            foreach (var deletion in blocks.Deletions) DeleteRows(deletion.PersistenceId, deletion.ToSequenceNr);
            Commit(null);
            if (_raised.ContainsKey(fence.Scope)) _raised[fence.Scope] = (fence.Term, blocks.ToHeight);
            Flush();
            return blocks.ToHeight;
        }
        finally
        {
            _database.RollbackIfOpen();
        }
    }

    /// <summary>The write lock is free meanwhile: the flush is the longest part of a write.</summary>
    public void Flush()
    {
        try
        {
            _database.FlushLog();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlushFailedException(_path, e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A checkpoint that begins the log file anew. A second flush proves nothing, the system forgets what it could not write; and a
    /// crash would end the log's replay at the hole, with all that was written behind it.</remarks>
    public void MendFlush()
    {
        if (_database.QueryNumber("pragma wal_checkpoint(truncate)") == 0) return;
        throw new StoreUnreachableException($"{_path}-wal: could not be flushed, and cannot be begun anew while others read it");
    }

    public void Dispose() => _database.Dispose();

    private void DeleteRows(string persistenceId, long toSequenceNr)
    {
        var to = Math.Min(toSequenceNr, Highest(persistenceId));
        if (to == 0) return;
        _markDeleted.Bind(1, persistenceId).Bind(2, to).Run();
        _order.Delete(persistenceId, to);
        _delete.Bind(1, persistenceId).Bind(2, to).Run();
    }

    private FencedException? Admit(WriterFence writer)
    {
        if (writer.IsNone) return null;
        if (_verdicts.TryGetValue(writer, out var verdict)) return verdict;
        if (!TryAdvance(writer)) verdict = new FencedException(writer.Scope, writer.Term, _fences.Read(writer.Scope).Term);
        _verdicts.Add(writer, verdict);
        return verdict;
    }

    private bool TryAdvance(WriterFence writer) =>
        _raised.TryGetValue(writer.Scope, out var own) && own.Term == writer.Term &&
        _fences.TryMove(writer, own.Height, own.Height + 1);

    private void Advance(WriterFence writer) => _raised[writer.Scope] = (writer.Term, _raised[writer.Scope].Height + 1);

    private bool HasMovedByOne(WriterFence writer) =>
        _raised.TryGetValue(writer.Scope, out var own) && own.Term == writer.Term && _fences.Read(writer.Scope) == (own.Term, own.Height + 1);

    private bool IsStored(JournalEvent witness)
    {
        var stored = Read(witness.PersistenceId, witness.SequenceNr, witness.SequenceNr, 1);
        return stored.Count == 1 && stored[0].Writer == witness.Writer && stored[0].Manifest == witness.Manifest &&
            stored[0].Timestamp == witness.Timestamp && stored[0].Payload.Span.SequenceEqual(witness.Payload.Span);
    }

    private SequenceTakenException? Insert(IReadOnlyList<JournalEvent> events)
    {
        var isGroup = events.Count > 1;
        if (isGroup) _database.Execute("savepoint append");
        foreach (var added in events)
        {
            if (TryInsert(added)) continue;
            if (isGroup) _database.Execute("rollback to append; release append");
            return new SequenceTakenException(events[0], Highest(events[0].PersistenceId));
        }
        if (isGroup) _database.Execute("release append");
        return null;
    }

    private bool TryInsert(JournalEvent added)
    {
        try
        {
            if (InsertRow(added) != 1) return false;
            _order.Add(added);
            return true;
        }
        catch (SqliteFailureException e) when (e.IsConstraint)
        {
            return false;
        }
    }

    private int InsertRow(JournalEvent added) => _insert
        .Bind(1, added.PersistenceId)
        .Bind(2, added.SequenceNr)
        .Bind(3, added.Manifest)
        .Bind(4, added.SerializerId)
        .Bind(5, added.Payload.Span)
        .Bind(6, Checksum.Of(added.Payload.Span))
        .Bind(7, added.Writer.Scope)
        .Bind(8, added.Writer.Term)
        .Bind(9, added.Timestamp.ToUnixTimeMilliseconds())
        .Bind(10, _order.Next)
        .Bind(11, added.AdapterManifest)
        .Run();

    /// <param name="row">Persistence id and <see cref="SqliteJournalSchema.EventColumns"/>.</param>
    /// <param name="previous">Of the same query.</param>
    private JournalEvent ReadRow(SqliteStatement row, JournalEvent? previous)
    {
        var (id, number, manifest, payload) = (row.Text(0), row.Number(1), row.Text(2), row.Blob(4).ToArray());
        if (Checksum.Of(payload) != (uint)row.Number(5))
        {
            throw new JournalException($"{_path}: event {number} of {id} (manifest '{manifest}') is damaged: its checksum differs. " +
                "Restore the file from a backup");
        }
        var writer = new WriterFence(row.Text(6), row.Number(7));
        if (writer == previous?.Writer) writer = previous.Writer; // One string for a run of equal ones.
        if (manifest == previous?.Manifest) manifest = previous.Manifest;
        if (id == previous?.PersistenceId) id = previous.PersistenceId;
        var timestamp = DateTimeOffset.FromUnixTimeMilliseconds(row.Number(8));
        return new JournalEvent(id, number, manifest, (int)row.Number(3), payload, timestamp, writer) { AdapterManifest = row.Text(9) };
    }

    private void Commit(UnsettledCommit? outcome)
    {
        try
        {
            _database.Commit();
        }
        catch (SqliteFailureException e)
        {
            throw new UnknownCommitException(_path, e, outcome);
        }
    }
}

/// <summary>What tells whether a transaction of appends is in the file.</summary>
/// <param name="Witness">One of its events.</param>
/// <param name="Moved">The fences it moves by one.</param>
internal sealed record SqliteUnsettledCommit(JournalEvent Witness, IReadOnlyList<WriterFence> Moved) : UnsettledCommit;
