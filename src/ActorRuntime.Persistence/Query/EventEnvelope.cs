using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Query;

/// <summary>A stored event, read back.</summary>
/// <param name="PersistenceId">Whose event.</param>
/// <param name="SequenceNr">From 1, without gaps for one persistence id.</param>
/// <param name="Event">The event, as its read adapter gave it; events that one adapter made of one stored event share all else.</param>
/// <param name="Timestamp">Wall clock of the writer, to the millisecond; information only.</param>
/// <param name="Writer">Under whose authority it was written.</param>
/// <param name="Offset">Where a query by tag or of all events goes on after it; none in queries by persistence id.</param>
public sealed record EventEnvelope(
    string PersistenceId, long SequenceNr, object Event, DateTimeOffset Timestamp, WriterFence Writer, Offset Offset = default);

/// <summary>A place in the order of all events of one journal. Kept by a projection beside its state, it resumes the query.</summary>
/// <param name="Value">Position of the event read last; 0 is before the first.</param>
public readonly record struct Offset(long Value)
{
    /// <summary>Before the first event.</summary>
    public static Offset None => default;

    /// <summary>Before the first event.</summary>
    public static Offset NoOffset() => default;

    /// <summary>After an event.</summary>
    public static Offset Sequence(long value) => new(value);
}
