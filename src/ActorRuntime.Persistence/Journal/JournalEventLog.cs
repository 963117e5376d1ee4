namespace ActorRuntime.Persistence.Journal;

/// <summary>The events of one writer in a shared journal.</summary>
/// <param name="journal">Not owned.</param>
/// <param name="writer">Its fence; raised by whoever hands this log out.</param>
public sealed class JournalEventLog(IJournal journal, WriterFence writer) : IEventLog
{
    /// <inheritdoc/>
    public WriterFence Writer { get; } = writer;

    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<JournalEvent> events) => journal.AppendAsync(events);

    /// <inheritdoc/>
    public IAsyncEnumerable<JournalEvent> ReadAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken) =>
        journal.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
        journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(string persistenceId, long toSequenceNr) => journal.DeleteAsync(Writer, persistenceId, toSequenceNr);
}
