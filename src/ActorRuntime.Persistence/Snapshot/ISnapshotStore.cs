using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence.Snapshot;

/// <summary>A store of snapshots. A snapshot only shortens recovery: losing one loses nothing, as long as its events are kept.</summary>
/// <remarks>
/// Writers are told apart by terms as in the journal: once the events before a snapshot are deleted it is all there is, so a writer of a lower
/// term neither replaces nor deletes any. Any thread. Every call ends within a time-out of the implementation.
/// </remarks>
public interface ISnapshotStore : IAsyncDisposable
{
    /// <summary>Opens or creates the store. Other calls do it themselves; this one shows the errors early.</summary>
    /// <exception cref="JournalException">It cannot be used: what, where, what to do. Nothing was overwritten.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>The newest snapshot within the criteria, or null.</summary>
    /// <exception cref="JournalException">The store cannot be read. <see cref="SnapshotDamagedException"/>: that one snapshot cannot; an
    /// older one may.</exception>
    Task<StoredSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken);

    /// <summary>Closes the scope to all terms below; needed before the first save of a term, harmless when repeated.</summary>
    /// <exception cref="FencedException">A higher term was raised already.</exception>
    /// <exception cref="JournalException">Not raised, or unknown; raise again.</exception>
    Task RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken);

    /// <summary>Stores a snapshot; one of the same sequence number is replaced.</summary>
    /// <exception cref="FencedException">The writer does not hold its scope; nothing was stored.</exception>
    /// <exception cref="JournalException">Not stored, or unknown; saving again does no harm.</exception>
    Task SaveAsync(WriterFence writer, StoredSnapshot snapshot);

    /// <summary>Deletes the snapshots within the criteria.</summary>
    /// <exception cref="FencedException">The writer does not hold its scope; nothing was deleted.</exception>
    /// <exception cref="JournalException">Not deleted, or unknown; deleting again does no harm.</exception>
    Task DeleteAsync(WriterFence writer, string persistenceId, SnapshotSelectionCriteria criteria);
}

/// <summary>A snapshot as it is stored.</summary>
/// <param name="Metadata">Whose, at which sequence number, when.</param>
/// <param name="Manifest">Names the form of the payload to its serializer.</param>
/// <param name="SerializerId">Identifier of the serializer.</param>
/// <param name="Payload">The serialized state.</param>
public sealed record StoredSnapshot(SnapshotMetadata Metadata, string Manifest, int SerializerId, ReadOnlyMemory<byte> Payload);

/// <summary>One snapshot cannot be read; recovery goes on with the one before it.</summary>
/// <param name="metadata">Which.</param>
public sealed class SnapshotDamagedException(SnapshotMetadata metadata, string message, Exception? cause = null)
    : JournalException(message, cause)
{
    /// <summary>Which snapshot.</summary>
    public SnapshotMetadata Metadata { get; } = metadata;
}
