using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Simulation.World;

/// <summary>A log of blocks on a simulated disk: what was not flushed is gone after a power cut.</summary>
#pragma warning disable CA1001 // The log in memory holds nothing that must be given back.
internal sealed class DiskLog(ulong storeId, BlockPlace start)
#pragma warning restore CA1001
{
    private InMemoryBlockLog _log = new(storeId, start);
    private long _flushed = start.Height;

    public IBlockLog Blocks => _log;

    /// <summary>Held by a process that lives.</summary>
    public SimulatedProcess? Holder { get; set; }

    public void OnTruncated(long height) => _flushed = Math.Min(_flushed, height);

    /// <summary>What the log held when the flush began is on the disk for good, as far as it is still there.</summary>
    public void Flushed(BlockPlace begun)
    {
        if (begun.Height > _flushed && begun.Height <= _log.Head.Height && _log.DigestAt(begun.Height) == begun.Digest) _flushed = begun.Height;
    }

    /// <summary>The recorded term goes too: whoever opens the log reads the control log first.</summary>
    public void LosePower()
    {
        var kept = new InMemoryBlockLog(_log.StoreId, _log.Start);
        for (var height = _log.Start.Height + 1; height <= _flushed; height++) kept.Append(_log.Read(height));
        _log = kept;
    }
}
