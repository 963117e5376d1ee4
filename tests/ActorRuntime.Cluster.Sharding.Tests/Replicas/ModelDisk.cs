using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>A disk with one log: a power cut takes what was not flushed.</summary>
internal sealed class ModelDisk : IBlockLog
{
    private InMemoryBlockLog _log;
    private BlockPlace _flushed;

    private readonly Action _truncated;

    /// <param name="truncated">Called for each truncation.</param>
    public ModelDisk(ulong storeId, BlockPlace start, Action truncated) =>
        (_log, StoreId, _flushed, _truncated) = (new InMemoryBlockLog(storeId, start), storeId, start, truncated);

    public ulong StoreId { get; }

    public long Term => _log.Term;

    public BlockPlace Start => _log.Start;

    public BlockPlace Head => _log.Head;

    public long Bytes => _log.Bytes;

    public BlockPlace Flushing { get; private set; }

    public void RecordTerm(long term) => _log.RecordTerm(term);

    public void Append(Block block) => _log.Append(block);

    public void TruncateAbove(long height)
    {
        _log.TruncateAbove(height);
        _truncated();
        if (_flushed.Height > height) _flushed = _log.Head;
    }

    public Block Read(long height) => _log.Read(height);

    public BlockDigest DigestAt(long height) => _log.DigestAt(height);

    public Task FlushAsync()
    {
        Flushing = Head;
        return Task.CompletedTask;
    }

    public void TrimTo(long height) => _log.TrimTo(height);

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    /// <summary>What the flush began with is there for good.</summary>
    public void Flushed()
    {
        if (Flushing.Height <= Head.Height && DigestAt(Flushing.Height) == Flushing.Digest) _flushed = Flushing;
    }

    /// <summary>The term may be forgotten, too: whoever comes back reads the control log first.</summary>
    public void CutPower()
    {
        var kept = new InMemoryBlockLog(StoreId, Start);
        for (var height = Start.Height + 1; height <= _flushed.Height; height++) kept.Append(_log.Read(height));
        _log = kept;
    }

    public bool Has(BlockDigest digest, long height) => height >= Start.Height && height <= Head.Height && DigestAt(height) == digest;
}
