using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>A replica's log with what is known about it: up to where it is flushed, and up to where committed.</summary>
/// <remarks>Invariants: start ≤ committed ≤ head; start ≤ flushed ≤ head; nothing at or below committed is ever truncated (SAFETY
/// 1C-26); nothing is trimmed that is not committed and in the persistent store (2E-28).</remarks>
internal sealed class ReplicaLog(IBlockLog log)
{
    private long _flushing;
    private bool _isFlushing;

    public ulong StoreId => log.StoreId;

    public long Term => log.Term;

    public BlockPlace Start => log.Start;

    public BlockPlace Head => log.Head;

    /// <summary>Height up to which the flush policy is met. What a log holds when it is opened was met before, or is flushed first.</summary>
    public long Flushed { get; private set; } = log.Start.Height;

    /// <summary>Height up to which blocks are known to be committed.</summary>
    public long Committed { get; private set; } = log.Start.Height;

    /// <summary>Highest height that is known to be committed, whether its block is here or not.</summary>
    public long Heard { get; private set; } = log.Start.Height;

    /// <summary>Height up to which blocks are known to be in the persistent store.</summary>
    public long Behind { get; private set; } = log.Start.Height;

    public BlockPlace PlaceAt(long height) => new(height, log.DigestAt(height));

    public Block Read(long height) => log.Read(height);

    /// <summary>Whether the log has this place.</summary>
    public bool Has(BlockPlace place) =>
        place.Height >= Start.Height && place.Height <= Head.Height && log.DigestAt(place.Height) == place.Digest;

    public void RecordTerm(long term)
    {
        if (term > log.Term) log.RecordTerm(term);
    }

    /// <summary>Appends a block to its predecessor.</summary>
    public void Append(Block block) => log.Append(block);

    /// <summary>Takes a block of a leader whose term is not refused.</summary>
    /// <returns>False when it does not follow anything held here.</returns>
    public bool Take(Block block)
    {
        if (block.Height <= Start.Height) return true; // Given up here: it was committed.
        if (block.Height <= Head.Height && log.DigestAt(block.Height) == block.Digest) return true; // Truncates nothing (SAFETY 1C-25).
        if (!Has(new BlockPlace(block.Height - 1, block.Previous))) return false;
        if (block.Height <= Head.Height)
        {
            Invariant.Holds(block.Height > Committed);
            var kept = block.Height - 1;
            log.TruncateAbove(kept);
            Flushed = Math.Min(Flushed, kept);
            _flushing = Math.Min(_flushing, kept);
        }
        log.Append(block);
        return true;
    }

    /// <summary>Takes a committed height, if the log has that very block.</summary>
    /// <returns>False when nothing changed.</returns>
    public bool Commit(BlockPlace place)
    {
        Heard = Math.Max(Heard, place.Height);
        if (place.Height <= Committed || !Has(place)) return false;
        Committed = place.Height;
        return true;
    }

    /// <summary>Blocks up to this height are in the persistent store.</summary>
    /// <param name="trimTo">Those up to this one, which is not above, are not needed here.</param>
    public void OnBehind(long height, long trimTo)
    {
        if (height <= Behind) return;
        Behind = height;
        var to = Math.Min(Math.Min(Behind, trimTo), Math.Min(Committed, Flushed));
        if (to > Start.Height) log.TrimTo(to);
    }

    /// <summary>True when a flush has to be started now.</summary>
    public bool BeginFlush()
    {
        if (_isFlushing || Flushed == Head.Height) return false;
        (_isFlushing, _flushing) = (true, Head.Height);
        return true;
    }

    /// <summary>The flush has ended.</summary>
    public void EndFlush()
    {
        _isFlushing = false;
        Flushed = Math.Max(Flushed, _flushing);
    }
}
