namespace ActorRuntime.Persistence.Journal;

/// <summary>An event log whose events another node writes until this one's turn comes: actors that recover from it go on applying events
/// until <see cref="IEventLog.WhenServing"/>.</summary>
public interface IFollowedEventLog : IEventLog
{
    /// <summary>The events after one, in order, as soon as there are any. Any thread; one call at a time for a persistence id.</summary>
    /// <param name="afterSequenceNr">What the caller has applied.</param>
    /// <returns>Once the log serves and there are no more: an empty list.</returns>
    Task<IReadOnlyList<JournalEvent>> NextAsync(string persistenceId, long afterSequenceNr);
}
