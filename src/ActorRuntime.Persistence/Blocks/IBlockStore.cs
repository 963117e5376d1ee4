namespace ActorRuntime.Persistence.Blocks;

/// <summary>The local store of one node: a log of blocks for each shard it has a replica of.</summary>
/// <remarks>Held by one process for its life: a second one is refused when it opens it (SAFETY 2E-26).</remarks>
public interface IBlockStore : IAsyncDisposable
{
    /// <summary>Takes the store. Nothing else may be called before.</summary>
    /// <exception cref="BlockStoreException">Another process holds it, or it cannot be used: what, where, what to do.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>How often the store was opened in its life, this time included; durable before <see cref="OpenAsync"/> completes. Another
    /// number than the one a node joined with: the disk was put back to an older state, or another process had it (SAFETY 1C-23).</summary>
    long OpenCount { get; }

    /// <summary>Names of the logs there are, in ordinal order.</summary>
    IReadOnlyList<string> Logs { get; }

    /// <summary>Opens a log; each only once until it is disposed. Cuts a torn tail.</summary>
    /// <param name="name">For example <c>TYPE/SHARD</c>.</param>
    /// <returns>Null when there is none of the name: <see cref="CreateAsync"/> makes one.</returns>
    /// <exception cref="BlockStoreException">Damaged below what was durable: file and offset. Nothing was changed.</exception>
    Task<IBlockLog?> OpenLogAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes an empty log with a store id of its own, durable when this completes; one of the same name is deleted first.</summary>
    /// <param name="name">For example <c>TYPE/SHARD</c>.</param>
    /// <param name="start">The block below the first one it will hold: height 0 for a log that begins at the beginning.</param>
    /// <exception cref="BlockStoreException">It cannot be made.</exception>
    Task<IBlockLog> CreateAsync(string name, BlockPlace start, CancellationToken cancellationToken);

    /// <summary>Deletes a log that is not open; nothing when there is none.</summary>
    /// <exception cref="BlockStoreException">It cannot be deleted.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A height, and the digest of the block there.</summary>
/// <param name="Height">0: before the first block.</param>
/// <param name="Digest">Zero at height 0.</param>
public readonly record struct BlockPlace(long Height, BlockDigest Digest);

/// <summary>The log of one shard on this node's disk. One caller at a time.</summary>
/// <remarks>
/// What a call has written when it returns survives the end of the process (<c>kill -9</c>); what survives a power cut is what
/// <see cref="FlushAsync"/> completed for.
/// </remarks>
public interface IBlockLog : IAsyncDisposable
{
    /// <summary>Drawn when the log was made, and anew whenever it cannot prove to be whole (SAFETY 1C-23): who was told the old one does not
    /// take this for the same log.</summary>
    ulong StoreId { get; }

    /// <summary>Highest term recorded.</summary>
    long Term { get; }

    /// <summary>What was trimmed away: blocks up to here are not held any more.</summary>
    BlockPlace Start { get; }

    /// <summary>The newest block.</summary>
    BlockPlace Head { get; }

    /// <summary>Bytes it takes on the disk.</summary>
    long Bytes { get; }

    /// <summary>Records a term that is higher than <see cref="Term"/>.</summary>
    /// <exception cref="BlockStoreException">Not recorded.</exception>
    void RecordTerm(long term);

    /// <summary>Appends the block that follows <see cref="Head"/>.</summary>
    /// <exception cref="BlockStoreException">Not appended: the disk is full, a bound is reached, or it failed.</exception>
    void Append(Block block);

    /// <summary>Removes all blocks above <paramref name="height"/>, which is at least that of <see cref="Start"/>.</summary>
    /// <exception cref="BlockStoreException">The log cannot be used any more until it is opened again.</exception>
    void TruncateAbove(long height);

    /// <summary>The block at a height above <see cref="Start"/> and at most <see cref="Head"/>.</summary>
    /// <exception cref="BlockStoreException">It is damaged: file and offset.</exception>
    Block Read(long height);

    /// <summary>The digest at a height from <see cref="Start"/> to <see cref="Head"/>, without reading the block.</summary>
    BlockDigest DigestAt(long height);

    /// <summary>Completed when all that was written before the call is as safe as the store's flush policy promises; on any thread.</summary>
    /// <exception cref="BlockStoreException">It may not be: the log acknowledges nothing more until it is opened again.</exception>
    Task FlushAsync();

    /// <summary>Gives blocks up to <paramref name="height"/> up, as far as whole segments consist of such; harmless when repeated.</summary>
    /// <exception cref="BlockStoreException">The disk failed; nothing needed is gone.</exception>
    void TrimTo(long height);
}

/// <summary>The local store failed: what, where, what to do.</summary>
public sealed class BlockStoreException(string message, Exception? cause = null) : IOException(message, cause);
