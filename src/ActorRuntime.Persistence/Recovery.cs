namespace ActorRuntime.Persistence;

/// <summary>How an actor recovers.</summary>
/// <param name="FromSnapshot">Which snapshot to begin with.</param>
/// <param name="ToSequenceNr">Last event to replay, inclusive.</param>
/// <param name="ReplayMax">Most events to replay.</param>
public sealed record Recovery(SnapshotSelectionCriteria FromSnapshot, long ToSequenceNr, long ReplayMax)
{
    /// <summary>The newest snapshot and all events after it.</summary>
    public Recovery()
        : this(SnapshotSelectionCriteria.Latest)
    {
    }

    /// <param name="fromSnapshot">Which snapshot to begin with.</param>
    public Recovery(SnapshotSelectionCriteria fromSnapshot)
        : this(fromSnapshot, long.MaxValue)
    {
    }

    /// <param name="fromSnapshot">Which snapshot to begin with.</param>
    /// <param name="toSequenceNr">Last event to replay, inclusive.</param>
    public Recovery(SnapshotSelectionCriteria fromSnapshot, long toSequenceNr)
        : this(fromSnapshot, toSequenceNr, long.MaxValue)
    {
    }

    /// <summary>The newest snapshot and all events after it.</summary>
    public static Recovery Default { get; } = new();

    /// <summary>No snapshot and no events; only <see cref="RecoveryCompleted"/>.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, 0);
}

/// <summary>Handed to the recover handlers last: from here on the actor may persist.</summary>
public sealed class RecoveryCompleted
{
    private RecoveryCompleted()
    {
    }

    /// <summary>The only one.</summary>
    public static RecoveryCompleted Instance { get; } = new();
}

/// <summary>Handed to the recover handlers before the events after it.</summary>
/// <param name="Metadata">Whose, at which sequence number, when.</param>
/// <param name="Snapshot">The state.</param>
public sealed record SnapshotOffer(SnapshotMetadata Metadata, object Snapshot);

/// <summary>The log or the snapshot store was silent for longer than <c>recovery-timeout</c>.</summary>
public sealed class RecoveryTimedOutException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>What is stored cannot be the whole history, or cannot be read: names persistence id, sequence number and manifest.</summary>
public sealed class RecoveryFailedException(string message, Exception? cause = null) : Exception(message, cause);
