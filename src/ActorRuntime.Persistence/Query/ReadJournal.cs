using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Query;

/// <summary>Queries over the events of one journal. Any thread.</summary>
public sealed class ReadJournal
{
    private const int IdsPage = 500;

    private readonly PersistenceExtension _extension;
    private readonly IJournal _journal;

    internal ReadJournal(PersistenceExtension extension, IJournal journal) => (_extension, _journal) = (extension, journal);

    /// <summary>The events of one persistence id that are stored now, in order; later ones are not waited for.</summary>
    /// <exception cref="JournalException">The store cannot be read, or a row is damaged.</exception>
    /// <exception cref="Serialization.SerializationException">An event cannot be read here; names its manifest.</exception>
    public async IAsyncEnumerable<EventEnvelope> CurrentEventsByPersistenceId(
        string persistenceId, long fromSequenceNr = 0, long toSequenceNr = long.MaxValue,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var events = _journal.ReadAsync(persistenceId, Math.Max(1, fromSequenceNr), toSequenceNr, cancellationToken);
        await foreach (var stored in events.ConfigureAwait(false))
        {
            var @event = _extension.Deserialize(stored.Payload, stored.SerializerId, stored.Manifest);
            yield return new EventEnvelope(persistenceId, stored.SequenceNr, @event, stored.Timestamp, stored.Writer);
        }
    }

    /// <summary>The persistence ids that have events now, in ordinal order.</summary>
    /// <exception cref="JournalException">The store cannot be read.</exception>
    public async IAsyncEnumerable<string> CurrentPersistenceIds([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var last = "";
        while (true)
        {
            var page = await _journal.ReadPersistenceIdsAsync(last, IdsPage, cancellationToken).ConfigureAwait(false);
            foreach (var id in page) yield return id;
            if (page.Count < IdsPage) yield break;
            last = page[^1];
        }
    }
}
