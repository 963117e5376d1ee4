using System.Collections.Immutable;

namespace ActorRuntime.Persistence.Journal;

/// <summary>Turns events of the domain into what is stored.</summary>
public interface IWriteEventAdapter
{
    /// <summary>Names the form of what is stored, for <see cref="IReadEventAdapter.FromJournal"/>; empty when the type says it all.</summary>
    string Manifest(object evt);

    /// <summary>What is stored instead of the event, with tags if it is <see cref="Tagged"/>. Called on the actor's turn; an exception rejects the
    /// event.</summary>
    object ToJournal(object evt);
}

/// <summary>Turns what is stored into events of the domain.</summary>
public interface IReadEventAdapter
{
    /// <summary>The events that take the place of a stored one: none, one or several.</summary>
    /// <param name="evt">What was stored.</param>
    /// <param name="manifest">What <see cref="IWriteEventAdapter.Manifest"/> said; empty for events written without an adapter.</param>
    IEventSequence FromJournal(object evt, string manifest);
}

/// <summary>Both directions. Bound to a class of events by <see cref="EventAdapters"/>; used from several threads.</summary>
public interface IEventAdapter : IWriteEventAdapter, IReadEventAdapter;

/// <summary>Stores and replays events as they are.</summary>
public sealed class IdentityEventAdapter : IEventAdapter
{
    /// <summary>The only one.</summary>
    public static IdentityEventAdapter Instance { get; } = new();

    private IdentityEventAdapter()
    {
    }

    /// <inheritdoc/>
    public string Manifest(object evt) => "";

    /// <inheritdoc/>
    public object ToJournal(object evt) => evt;

    /// <inheritdoc/>
    public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(evt);
}

/// <summary>An event with tags: stored without this wrapper, found by queries for any of its tags.</summary>
/// <param name="Payload">The event.</param>
/// <param name="Tags">Not empty strings.</param>
public sealed record Tagged(object Payload, IImmutableSet<string> Tags)
{
    /// <summary>An event with tags.</summary>
    public Tagged(object payload, IEnumerable<string> tags)
        : this(payload, tags.ToImmutableHashSet(StringComparer.Ordinal))
    {
    }
}

/// <summary>Events that take the place of one stored event.</summary>
public interface IEventSequence
{
    /// <summary>The events, in order.</summary>
    IEnumerable<object> Events { get; }
}

/// <summary>Makes sequences.</summary>
public static class EventSequence
{
    /// <summary>No event: the stored one is passed over.</summary>
    public static IEventSequence Empty { get; } = new ManyEvents([]);

    /// <summary>One event.</summary>
    public static IEventSequence Single(object e) => new SingleEventSequence(e);

    /// <summary>Several events, in order.</summary>
    public static IEventSequence Create(params IEnumerable<object> events) => new ManyEvents([.. events]);

    private sealed record ManyEvents(IReadOnlyList<object> All) : IEventSequence
    {
        public IEnumerable<object> Events => All;
    }
}

/// <summary>One event.</summary>
/// <param name="e">The event.</param>
public readonly struct SingleEventSequence(object e) : IEventSequence
{
    /// <inheritdoc/>
    public IEnumerable<object> Events { get; } = [e];
}
