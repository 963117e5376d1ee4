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
    /// <returns>Height of the scope: appends made in it so far, or that of the newest block written behind; durable.</returns>
    /// <exception cref="FencedException">A higher term was raised already.</exception>
    /// <exception cref="JournalException">Not raised, or unknown; raise again.</exception>
    Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken);

    /// <inheritdoc cref="IEventLog.AppendAsync"/>
    /// <param name="events">Each names the writer; a term that was not raised is refused like a lower one.</param>
    Task AppendAsync(IReadOnlyList<JournalEvent> events);

    /// <summary>Takes what a shard's replicated log has committed above a height, all or nothing. A scope is written to by this alone, or by
    /// <see cref="AppendAsync"/> alone.</summary>
    /// <remarks>What the transaction does first is to move the height of exactly this scope and term from <paramref name="afterHeight"/> (SAFETY
    /// 1C-28). So a call whose outcome is unknown may simply be made again.</remarks>
    /// <returns>Height of the scope afterwards, durable. That of the blocks when they were written, by this call or one before; any other says
    /// that nothing was written: go on above it.</returns>
    /// <exception cref="FencedException">Another writer holds a newer term, or this one was not raised.</exception>
    /// <exception cref="JournalException">Not written, or unknown; write again.</exception>
    Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks);

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
