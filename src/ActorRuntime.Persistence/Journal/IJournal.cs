namespace ActorRuntime.Persistence.Journal;

/// <summary>A store of events shared by all nodes. Writers are told apart by terms (SAFETY 1C-28).</summary>
/// <remarks>
/// Whoever takes a scope over raises its fence first and reads then; from that moment every append of a lower term is refused in the transaction
/// that would have made it. Any thread. Appends of one persistence id complete in the order made.
/// </remarks>
public interface IJournal : IAsyncDisposable
{
    /// <summary>Opens or creates the store. Other calls do it themselves; this one shows the errors early.</summary>
    /// <exception cref="JournalException">It cannot be used: what, where, what to do. Nothing was overwritten.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Closes the scope to all terms below; needed before the first append of a term, harmless when repeated.</summary>
    /// <returns>Height of the scope: appends made in it so far.</returns>
    /// <exception cref="FencedException">A higher term was raised already.</exception>
    /// <exception cref="JournalException">Not raised, or unknown; raise again.</exception>
    Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken);

    /// <inheritdoc cref="IEventLog.AppendAsync"/>
    /// <param name="events">Each names the writer; a term that was not raised is refused like a lower one.</param>
    Task AppendAsync(IReadOnlyList<JournalEvent> events);

    /// <inheritdoc cref="IEventLog.ReadAsync"/>
    IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken);

    /// <inheritdoc cref="IEventLog.ReadHighestSequenceNrAsync"/>
    Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken);

    /// <inheritdoc cref="IEventLog.DeleteAsync"/>
    Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr);

    /// <summary>Persistence ids in ordinal order, after <paramref name="afterId"/>, at most <paramref name="max"/>; "" begins.</summary>
    Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken);
}
