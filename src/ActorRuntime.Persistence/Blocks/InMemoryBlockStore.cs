using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Blocks;

/// <summary>A local store that lives as long as its owner; for tests, and for what may be lost with the process.</summary>
/// <param name="random">Draws store ids.</param>
public sealed class InMemoryBlockStore(Prng random) : IBlockStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, InMemoryBlockLog> _logs = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public long OpenCount { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Logs
    {
        get
        {
            lock (_lock) return [.. _logs.Keys];
        }
    }

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken)
    {
        OpenCount++;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IBlockLog?> OpenLogAsync(string name, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IBlockLog?>(_logs.GetValueOrDefault(name));
    }

    /// <inheritdoc/>
    public Task<IBlockLog> CreateAsync(string name, BlockPlace start, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IBlockLog>(_logs[name] = new InMemoryBlockLog(random.Next() | 1, start));
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        lock (_lock) _logs.Remove(name);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A log of blocks in memory.</summary>
/// <param name="storeId">Its identity.</param>
/// <param name="start">The block below the first one it will hold.</param>
public sealed class InMemoryBlockLog(ulong storeId, BlockPlace start) : IBlockLog
{
    private readonly List<Block> _blocks = [];

    /// <inheritdoc/>
    public ulong StoreId { get; } = storeId;

    /// <inheritdoc/>
    public long Term { get; private set; }

    /// <inheritdoc/>
    public BlockPlace Start { get; private set; } = start;

    /// <inheritdoc/>
    public BlockPlace Head => _blocks is [.., var last] ? new BlockPlace(last.Height, last.Digest) : Start;

    /// <inheritdoc/>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    public void RecordTerm(long term)
    {
        Invariant.Holds(term > Term);
        Term = term;
    }

    /// <inheritdoc/>
    public void Append(Block block)
    {
        Invariant.Holds(new BlockPlace(block.Height - 1, block.Previous) == Head);
        _blocks.Add(block);
        Bytes += block.Bytes.Length;
    }

    /// <inheritdoc/>
    public void TruncateAbove(long height)
    {
        Invariant.Holds(height >= Start.Height);
        while (_blocks is [.., var last] && last.Height > height)
        {
            _blocks.RemoveAt(_blocks.Count - 1);
            Bytes -= last.Bytes.Length;
        }
    }

    /// <inheritdoc/>
    public Block Read(long height) => _blocks[IndexOf(height)];

    /// <inheritdoc/>
    public BlockDigest DigestAt(long height) => height == Start.Height ? Start.Digest : Read(height).Digest;

    /// <inheritdoc/>
    public Task FlushAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public void TrimTo(long height)
    {
        if (height <= Start.Height) return;
        var start = new BlockPlace(height, DigestAt(height));
        for (var i = 0; i <= IndexOf(height); i++) Bytes -= _blocks[i].Bytes.Length;
        _blocks.RemoveRange(0, IndexOf(height) + 1);
        Start = start;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private int IndexOf(long height) => checked((int)(height - Start.Height - 1));
}
