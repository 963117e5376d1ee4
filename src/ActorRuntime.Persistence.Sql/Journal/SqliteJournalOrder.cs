using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>One order of all events and their tags, on the journal's connection.</summary>
/// <remarks>Transactions that write are serial, so positions given in one are in the order of the commits.</remarks>
internal sealed class SqliteJournalOrder
{
    private readonly SqliteStatement _head, _moveHead, _add, _addTag, _delete, _deleteTags, _all, _tagged;
    private long _first;

    public SqliteJournalOrder(SqliteDatabase database)
    {
        _head = database.Prepare("select position from journal_head");
        _moveHead = database.Prepare("update journal_head set position = ?");
        _add = database.Prepare("insert into journal_position values(?, ?, ?)");
        _addTag = database.Prepare("insert or ignore into journal_tag values(?, ?)");
        const string deleted = "(select position from journal_event where persistence_id = ? and sequence_nr <= ?)";
        _delete = database.Prepare($"delete from journal_position where position in {deleted}");
        _deleteTags = database.Prepare($"delete from journal_tag where position in {deleted}");
        // The joins are crossed to fix their direction: without statistics SQLite may begin with the events.
        const string events = "cross join journal_event e on e.persistence_id = p.persistence_id and e.sequence_nr = p.sequence_nr";
        _all = database.Prepare($"""
            select e.persistence_id, {SqliteJournalSchema.EventColumns}, p.position from journal_position p {events}
            where p.position > ?1 order by p.position limit ?2
            """);
        _tagged = database.Prepare($"""
            select e.persistence_id, {SqliteJournalSchema.EventColumns}, p.position
            from journal_tag t cross join journal_position p on p.position = t.position {events}
            where t.tag = ?3 and t.position > ?1 order by t.position limit ?2
            """);
    }

    /// <summary>Position of the event that comes next in this transaction.</summary>
    public long Next { get; private set; }

    /// <summary>Begins a transaction that may write.</summary>
    public void Begin() => Next = _first = Highest() + 1;

    /// <summary>Gives <see cref="Next"/> to an event that was inserted.</summary>
    public void Add(JournalEvent added)
    {
        _add.Bind(1, Next).Bind(2, added.PersistenceId).Bind(3, added.SequenceNr).Run();
        foreach (var tag in added.Tags) _addTag.Bind(1, tag).Bind(2, Next).Run();
        Next++;
    }

    /// <summary>To be called before the commit.</summary>
    public void End()
    {
        if (Next > _first) _moveHead.Bind(1, Next - 1).Run();
    }

    /// <summary>To be called before the events are deleted.</summary>
    public void Delete(string persistenceId, long toSequenceNr)
    {
        _deleteTags.Bind(1, persistenceId).Bind(2, toSequenceNr).Run();
        _delete.Bind(1, persistenceId).Bind(2, toSequenceNr).Run();
    }

    public long Highest()
    {
        try
        {
            return _head.Step() ? _head.Number(0) : 0;
        }
        finally
        {
            _head.Reset();
        }
    }

    /// <summary>Events after a position; the caller steps and resets.</summary>
    public SqliteStatement Find(string? tag, long afterPosition, int max)
    {
        var found = tag is null ? _all : _tagged.Bind(3, tag);
        return found.Bind(1, afterPosition).Bind(2, max);
    }
}
