namespace ActorRuntime.Persistence.Journal;

/// <summary>Where the events of persistent actors go: a journal, or the log of the shard the actors live in.</summary>
/// <remarks>
/// The sharding layer binds one to its shard actor (<see cref="PersistenceExtension.Bind"/>); all other actors use the configured journal.
/// Any thread. Every call ends within a time-out of the implementation, so that a silent store holds no actor for ever.
/// </remarks>
public interface IEventLog
{
    /// <summary>The stamp every appended event must carry.</summary>
    WriterFence Writer { get; }

    /// <summary>Completed while actors may act. An actor awaits it after its replay, without a time-out, before
    /// <see cref="RecoveryCompleted"/>: a standby recovers ahead of its turn and says nothing.</summary>
    Task WhenServing => Task.CompletedTask;

    /// <summary>Appends consecutive events of one persistence id, all or none; completed when they are durable.</summary>
    /// <exception cref="FencedException">Another writer holds a newer term: nothing was written, nothing ever will be.</exception>
    /// <exception cref="EventRejectedException">These events cannot be stored; nothing was written, later ones may be.</exception>
    /// <exception cref="JournalException">Not written, or unknown: reading the events back is the way to find out.</exception>
    Task AppendAsync(IReadOnlyList<JournalEvent> events);

    /// <summary>Stored events in order. Sees everything this process appended before the call, whatever its outcome.</summary>
    /// <param name="persistenceId">Whose events.</param>
    /// <param name="fromSequenceNr">First sequence number, inclusive.</param>
    /// <param name="toSequenceNr">Last sequence number, inclusive.</param>
    /// <exception cref="JournalException">The store cannot be read, or a row is damaged.</exception>
    IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken);

    /// <summary>The highest sequence number ever stored, deleted events included; 0 when there is none.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken);

    /// <summary>Deletes events up to and including <paramref name="toSequenceNr"/>; their numbers are not used again.</summary>
    /// <exception cref="FencedException">Another writer holds a newer term.</exception>
    /// <exception cref="JournalException">Not deleted, or unknown; deleting again does no harm.</exception>
    Task DeleteAsync(string persistenceId, long toSequenceNr);
}
