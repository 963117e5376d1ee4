namespace ActorRuntime.Persistence;

/// <summary>Bounds for choosing snapshots, all inclusive.</summary>
public sealed record SnapshotSelectionCriteria
{
    /// <param name="maxSequenceNr">Highest sequence number.</param>
    public SnapshotSelectionCriteria(long maxSequenceNr)
        : this(maxSequenceNr, DateTime.MaxValue)
    {
    }

    /// <param name="maxSequenceNr">Highest sequence number.</param>
    /// <param name="maxTimeStamp">Latest time, UTC.</param>
    /// <param name="minSequenceNr">Lowest sequence number.</param>
    /// <param name="minTimestamp">Earliest time, UTC; null means any.</param>
    public SnapshotSelectionCriteria(long maxSequenceNr, DateTime maxTimeStamp, long minSequenceNr = 0, DateTime? minTimestamp = null)
    {
        (MaxSequenceNr, MaxTimeStamp) = (maxSequenceNr, maxTimeStamp);
        (MinSequenceNr, MinTimestamp) = (minSequenceNr, minTimestamp ?? DateTime.MinValue);
    }

    /// <summary>The newest.</summary>
    public static SnapshotSelectionCriteria Latest { get; } = new(long.MaxValue, DateTime.MaxValue);

    /// <summary>No snapshot at all.</summary>
    public static SnapshotSelectionCriteria None { get; } = new(-1, DateTime.MinValue);

    /// <summary>Highest sequence number.</summary>
    public long MaxSequenceNr { get; }

    /// <summary>Latest time, UTC.</summary>
    public DateTime MaxTimeStamp { get; }

    /// <summary>Lowest sequence number.</summary>
    public long MinSequenceNr { get; }

    /// <summary>Earliest time, UTC.</summary>
    public DateTime? MinTimestamp { get; }

    /// <summary>True when the snapshot is within all bounds.</summary>
    public bool Includes(SnapshotMetadata metadata) =>
        metadata.SequenceNr <= MaxSequenceNr && metadata.SequenceNr >= MinSequenceNr &&
        metadata.Timestamp <= MaxTimeStamp && metadata.Timestamp >= MinTimestamp;

    /// <summary>The same bounds, and not above <paramref name="toSequenceNr"/>.</summary>
    internal SnapshotSelectionCriteria Below(long toSequenceNr) => new(Math.Min(MaxSequenceNr, toSequenceNr), MaxTimeStamp, MinSequenceNr, MinTimestamp);
}
