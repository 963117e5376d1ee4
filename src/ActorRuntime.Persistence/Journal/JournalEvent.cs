using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Journal;

/// <summary>An event as it is stored.</summary>
/// <param name="PersistenceId">Whose event it is.</param>
/// <param name="SequenceNr">From 1, without gaps for one persistence id.</param>
/// <param name="Manifest">Names the form of the payload to its serializer.</param>
/// <param name="SerializerId">Identifier of the serializer.</param>
/// <param name="Payload">The serialized event; not changed after it was handed over.</param>
/// <param name="Timestamp">Wall clock of the writer, to the millisecond; information only.</param>
/// <param name="Writer">Under whose authority it was written.</param>
public sealed record JournalEvent(
    string PersistenceId,
    long SequenceNr,
    string Manifest,
    int SerializerId,
    ReadOnlyMemory<byte> Payload,
    DateTimeOffset Timestamp,
    WriterFence Writer)
{
    /// <summary>What queries find it by. Written with the event, not given back by reads.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What the write adapter calls the form of the event; empty without an adapter.</summary>
    public string AdapterManifest { get; init; } = "";

    /// <summary>Checks what every log demands of one append: events of one id and one writer, in order without a gap.</summary>
    /// <exception cref="InvariantException">They are not.</exception>
    public static void Check(IReadOnlyList<JournalEvent> events)
    {
        Invariant.Holds(events.Count > 0);
        for (var i = 1; i < events.Count; i++)
        {
            Invariant.Holds(events[i].PersistenceId == events[0].PersistenceId);
            Invariant.Holds(events[i].SequenceNr == events[0].SequenceNr + i);
            Invariant.Holds(events[i].Writer == events[0].Writer);
        }
    }
}
