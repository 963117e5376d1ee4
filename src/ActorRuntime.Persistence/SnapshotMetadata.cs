namespace ActorRuntime.Persistence;

/// <summary>Which snapshot.</summary>
/// <param name="PersistenceId">Whose state.</param>
/// <param name="SequenceNr">The last event it contains.</param>
/// <param name="Timestamp">UTC wall clock of the node that saved it, to the millisecond. <see cref="DateTime.MinValue"/> means "any" in
/// a deletion.</param>
public sealed record SnapshotMetadata(string PersistenceId, long SequenceNr, DateTime Timestamp);
