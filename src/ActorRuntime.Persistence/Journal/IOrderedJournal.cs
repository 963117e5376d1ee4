namespace ActorRuntime.Persistence.Journal;

/// <summary>A journal that also knows one order of all its events, for queries over persistence ids.</summary>
/// <remarks>Positions grow in the order of the commits, so who has read up to one has missed none below it. They are never used again;
/// deleted events leave gaps.</remarks>
public interface IOrderedJournal : IJournal
{
    /// <summary>Events after a position, in order. What is given back survives a power cut.</summary>
    /// <param name="tag">Only events with this tag; null for all.</param>
    /// <param name="afterPosition">Exclusive; 0 begins.</param>
    /// <param name="max">Most events.</param>
    /// <exception cref="JournalException">The store cannot be read, or a row is damaged.</exception>
    Task<IReadOnlyList<OrderedEvent>> ReadOrderedAsync(string? tag, long afterPosition, int max, CancellationToken cancellationToken);

    /// <summary>The position given last; 0 when none was.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    Task<long> ReadHighestPositionAsync(CancellationToken cancellationToken);
}

/// <summary>An event and its place among all events of its journal.</summary>
/// <param name="Position">From 1.</param>
/// <param name="Event">The event.</param>
public sealed record OrderedEvent(long Position, JournalEvent Event);
