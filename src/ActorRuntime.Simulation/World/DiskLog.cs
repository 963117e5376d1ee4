using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>A log of blocks on a simulated disk. A power cut tears what was not flushed: the kernel writes pages in any order, so of these blocks each is there whole
/// or not, and the log ends in front of the first that is not (SAFETY 2E-25).</summary>
#pragma warning disable CA1001 // The log in memory holds nothing that must be given back.
internal sealed class DiskLog(ulong storeId, BlockPlace start)
#pragma warning restore CA1001
{
    private InMemoryBlockLog _log = new(storeId, start);
    private long _flushed = start.Height;
    private long _flushedTerm;
    private bool _isClosed;

    public IBlockLog Blocks => _log;

    /// <summary>Held by a process that lives.</summary>
    public SimulatedProcess? Holder { get; private set; }

    /// <summary>A process has opened it.</summary>
    public void OnOpened(SimulatedProcess by) => (Holder, _isClosed) = (by, false);

    /// <summary>In order: everything is on the disk.</summary>
    public void OnClosed()
    {
        (Holder, _isClosed) = (null, true);
        Flushed(_log.Head, _log.Term);
    }

    public void OnTruncated(long height) => _flushed = Math.Min(_flushed, height);

    /// <summary>What the log held when the flush began is on the disk for good, as far as it is still there.</summary>
    public void Flushed(BlockPlace begun, long term)
    {
        _flushedTerm = Math.Max(_flushedTerm, term);
        if (begun.Height > _flushed && begun.Height <= _log.Head.Height && _log.DigestAt(begun.Height) == begun.Digest) _flushed = begun.Height;
    }

    /// <summary>What was not flushed is there in part, and the term recorded may be, too. Unless all that was acknowledged was flushed, the log cannot prove to be whole:
    /// it is another one (SAFETY 1C-23).</summary>
    public void LosePower(FlushPolicy policy, Prng chance)
    {
        var term = chance.Chance(50) ? _log.Term : _flushedTerm;
        var kept = new InMemoryBlockLog(policy == FlushPolicy.GroupCommit || _isClosed ? _log.StoreId : chance.Next() | 1, _log.Start);
        for (var height = _log.Start.Height + 1; height <= _log.Head.Height; height++)
        {
            if (height > _flushed && chance.Chance(50)) break; // Torn: what follows is given up, whole or not.
            kept.Append(_log.Read(height));
        }
        if (term > 0) kept.RecordTerm(term);
        (_log, _flushed, _flushedTerm) = (kept, Math.Max(kept.Head.Height, kept.Start.Height), term); // What is read at the start is flushed before it counts.
    }
}
