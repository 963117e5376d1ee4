using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Query;

/// <summary>A stored event, read back.</summary>
/// <param name="PersistenceId">Whose event.</param>
/// <param name="SequenceNr">From 1, without gaps for one persistence id.</param>
/// <param name="Event">The event.</param>
/// <param name="Timestamp">Wall clock of the writer, to the millisecond; information only.</param>
/// <param name="Writer">Under whose authority it was written.</param>
public sealed record EventEnvelope(string PersistenceId, long SequenceNr, object Event, DateTimeOffset Timestamp, WriterFence Writer);
