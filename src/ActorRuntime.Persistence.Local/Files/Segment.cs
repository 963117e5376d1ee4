using ActorRuntime.Persistence.Blocks;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>One file of a log: a header and frames. The newest one is mapped and appended to; all are read by calls, which fail where a
/// mapping would kill the process.</summary>
/// <remarks>One caller at a time, but for <see cref="File"/>. Measured by <c>tests/ActorRuntime.Benchmarks -- blocks</c>.</remarks>
internal sealed class Segment : IDisposable
{
    private readonly SegmentHeader _header;
    private Mapping? _mapping;
    private int[] _offsets;
    private BlockDigest[] _digests;
    private int _end;

    /// <summary>Takes over an open file with what is known to be in it.</summary>
    /// <param name="offsets">Where the frames begin.</param>
    /// <param name="digests">Of their blocks.</param>
    /// <param name="end">Where the next frame would begin.</param>
    public Segment(SafeFileHandle file, string path, SegmentHeader header, int length, int[] offsets, BlockDigest[] digests, int count, int end)
    {
        (File, Path, _header, Length) = (file, path, header, length);
        (_offsets, _digests, Count, _end) = (offsets, digests, count, end);
    }

    /// <summary>Also used by the worker that flushes.</summary>
    public SafeFileHandle File { get; }

    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public int Length { get; }

    public long Number => _header.Number;

    /// <summary>See <see cref="SegmentHeader"/>.</summary>
    public long Cut => _header.Cut;

    /// <summary>The block below the first one.</summary>
    public BlockPlace Base => _header.Base;

    /// <summary>Blocks in it.</summary>
    public int Count { get; private set; }

    /// <summary>Height of the newest block, or of <see cref="Base"/>.</summary>
    public long Last => Base.Height + Count;

    /// <summary>Maps it, to be appended to.</summary>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public void Map() => _mapping ??= new Mapping(File, Length);

    /// <summary>It is appended to no more.</summary>
    public void Unmap()
    {
        _mapping?.Dispose();
        _mapping = null;
    }

    /// <summary>Appends the next block; false when it does not fit.</summary>
    /// <param name="durable">Highest height known to be on the disk.</param>
    public bool TryAppend(Block block, long durable)
    {
        var bytes = block.Bytes.Span;
        if (bytes.Length > Length - Frame.HeaderLength || Frame.Size(bytes.Length) > Length - _end) return false;
        if (Count == _offsets.Length)
        {
            Array.Resize(ref _offsets, Math.Max(16, Count * 2));
            Array.Resize(ref _digests, _offsets.Length);
        }
        var size = Frame.Size(bytes.Length);
        Frame.Write(_mapping!.At(_end, size), _header.Mark, durable, bytes);
        (_offsets[Count], _digests[Count]) = (_end, block.Digest);
        _end += size;
        Count++;
        return true;
    }

    /// <summary>Digest at a height from <see cref="Base"/> to <see cref="Last"/>.</summary>
    public BlockDigest DigestAt(long height) => height == Base.Height ? Base.Digest : _digests[IndexOf(height)];

    /// <summary>The block at a height above <see cref="Base"/>, up to <see cref="Last"/>.</summary>
    /// <exception cref="BlockStoreException">It is damaged, or cannot be read.</exception>
    public Block Read(long height)
    {
        var index = IndexOf(height);
        var (offset, end) = (_offsets[index], index + 1 < Count ? _offsets[index + 1] : _end);
        var frame = new byte[end - offset];
        try
        {
            var read = RandomAccess.Read(File, frame, offset);
            if (read == frame.Length && Frame.Verifies(frame, _header.Mark))
            {
                var block = Block.Read(frame.AsMemory(Frame.HeaderLength, Frame.BlockLength(frame)));
                if (block.Digest == _digests[index]) return block;
            }
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw Damaged(height, offset, e);
        }
        throw Damaged(height, offset, null);
    }

    /// <summary>Forgets the blocks above a height: they are dead, and another segment goes on from there.</summary>
    public void CutTo(long height)
    {
        var count = (int)(height - Base.Height);
        if (count >= Count) return;
        (_end, Count) = (_offsets[count], count);
    }

    /// <summary>Writes all its frames again with the same bytes: what a failed flush lost is in the page cache only, and counts as written
    /// there. </summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public void Rewrite()
    {
        var page = new byte[64 * 1024];
        for (var offset = 0; offset < _end; offset += page.Length)
        {
            var read = RandomAccess.Read(File, page.AsSpan(0, Math.Min(page.Length, _end - offset)), offset);
            RandomAccess.Write(File, page.AsSpan(0, read), offset);
        }
    }

    public void Dispose()
    {
        Unmap();
        File.Dispose();
    }

    private int IndexOf(long height)
    {
        var index = height - Base.Height - 1;
        return index >= 0 && index < Count ? (int)index : throw new ArgumentOutOfRangeException(nameof(height), height, $"{Path} has {Base.Height + 1} to {Last}");
    }

    private BlockStoreException Damaged(long height, int offset, Exception? cause) =>
        new($"{Path}, offset {offset}: block {height} is damaged{(cause is null ? "" : ": " + cause.Message)}. Stop the node; `node store check` tells what is lost.", cause);
}
