using System.Runtime.CompilerServices;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Query;

/// <summary>Queries over the events of one journal, through its read adapters. Any thread.</summary>
/// <remarks>
/// A <c>Current…</c> query ends with what is stored when it begins; the others wait for more until they are cancelled, looking again every
/// <see cref="PersistenceOptions.QueryRefreshInterval"/>. Nothing is read before it is asked for: a slow consumer costs one page of memory.
/// All queries fail with <see cref="JournalException"/> when the store cannot be read, with
/// <see cref="Serialization.SerializationException"/> when an event cannot.
/// </remarks>
public sealed class ReadJournal
{
    private const int IdsPage = 500;

    private readonly IJournal _journal;
    private readonly EventConverter _converter;
    private readonly PersistenceOptions _options;
    private readonly TimeProvider _time;

    internal ReadJournal(IJournal journal, EventConverter converter, PersistenceOptions options, TimeProvider time) =>
        (_journal, _converter, _options, _time) = (journal, converter, options, time);

    /// <summary>The events of one persistence id in order, those to come included; ends after <paramref name="toSequenceNr"/>.</summary>
    public IAsyncEnumerable<EventEnvelope> EventsByPersistenceId(
        string persistenceId, long fromSequenceNr = 0, long toSequenceNr = long.MaxValue, CancellationToken cancellationToken = default) =>
        ByPersistenceIdAsync(persistenceId, fromSequenceNr, toSequenceNr, isLive: true, cancellationToken);

    /// <summary>The events of one persistence id that are stored now, in order.</summary>
    public IAsyncEnumerable<EventEnvelope> CurrentEventsByPersistenceId(
        string persistenceId, long fromSequenceNr = 0, long toSequenceNr = long.MaxValue, CancellationToken cancellationToken = default) =>
        ByPersistenceIdAsync(persistenceId, fromSequenceNr, toSequenceNr, isLive: false, cancellationToken);

    /// <summary>The events with a tag after an offset, in the order of their commits, those to come included.</summary>
    /// <exception cref="NotSupportedException">The journal keeps no order over persistence ids.</exception>
    public IAsyncEnumerable<EventEnvelope> EventsByTag(string tag, Offset offset = default, CancellationToken cancellationToken = default) =>
        OrderedAsync(tag, offset, isLive: true, cancellationToken);

    /// <summary>The events with a tag after an offset that are stored now, in the order of their commits.</summary>
    /// <inheritdoc cref="EventsByTag"/>
    public IAsyncEnumerable<EventEnvelope> CurrentEventsByTag(string tag, Offset offset = default, CancellationToken cancellationToken = default) =>
        OrderedAsync(tag, offset, isLive: false, cancellationToken);

    /// <summary>All events after an offset, in the order of their commits, those to come included.</summary>
    /// <inheritdoc cref="EventsByTag"/>
    public IAsyncEnumerable<EventEnvelope> AllEvents(Offset offset = default, CancellationToken cancellationToken = default) =>
        OrderedAsync(null, offset, isLive: true, cancellationToken);

    /// <summary>All events after an offset that are stored now, in the order of their commits.</summary>
    /// <inheritdoc cref="EventsByTag"/>
    public IAsyncEnumerable<EventEnvelope> CurrentAllEvents(Offset offset = default, CancellationToken cancellationToken = default) =>
        OrderedAsync(null, offset, isLive: false, cancellationToken);

    /// <summary>The persistence ids that have events, each once, then new ones as their first event comes. Remembers all of them.</summary>
    /// <inheritdoc cref="EventsByTag"/>
    public async IAsyncEnumerable<string> PersistenceIds([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var journal = Ordered();
        var position = await journal.ReadHighestPositionAsync(cancellationToken).ConfigureAwait(false);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var id in CurrentPersistenceIds(cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(id)) yield return id;
        }
        while (true)
        {
            var page = await journal.ReadOrderedAsync(null, position, _options.QueryPageEvents, cancellationToken).ConfigureAwait(false);
            foreach (var stored in page)
            {
                position = stored.Position;
                if (seen.Add(stored.Event.PersistenceId)) yield return stored.Event.PersistenceId;
            }
            if (page.Count < _options.QueryPageEvents) await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The persistence ids that have events now, in ordinal order.</summary>
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

    private async IAsyncEnumerable<EventEnvelope> ByPersistenceIdAsync(
        string persistenceId, long fromSequenceNr, long toSequenceNr, bool isLive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = Math.Max(1, fromSequenceNr);
        while (next <= toSequenceNr)
        {
            await foreach (var stored in _journal.ReadAsync(persistenceId, next, toSequenceNr, cancellationToken).ConfigureAwait(false))
            {
                next = stored.SequenceNr + 1;
                foreach (var @event in _converter.FromJournal(stored).Events) yield return Envelope(stored, @event, Offset.None);
            }
            if (!isLive || next > toSequenceNr) yield break;
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<EventEnvelope> OrderedAsync(
        string? tag, Offset offset, bool isLive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var journal = Ordered();
        var (position, end) = (offset.Value, long.MaxValue);
        if (!isLive) end = await journal.ReadHighestPositionAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var page = await journal.ReadOrderedAsync(tag, position, _options.QueryPageEvents, cancellationToken).ConfigureAwait(false);
            foreach (var (at, stored) in page)
            {
                if (at > end) yield break;
                position = at;
                foreach (var @event in _converter.FromJournal(stored).Events) yield return Envelope(stored, @event, new Offset(at));
            }
            if (page.Count == _options.QueryPageEvents) continue;
            if (!isLive) yield break;
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static EventEnvelope Envelope(JournalEvent stored, object @event, Offset offset) =>
        new(stored.PersistenceId, stored.SequenceNr, @event, stored.Timestamp, stored.Writer, offset);

    private IOrderedJournal Ordered() => _journal as IOrderedJournal
        ?? throw new NotSupportedException($"{_journal.GetType().Name} keeps no order of its events over persistence ids; it has to be an {nameof(IOrderedJournal)}");

    private Task RefreshAsync(CancellationToken cancellationToken) => Task.Delay(_options.QueryRefreshInterval, _time, cancellationToken);
}
