using System.Buffers;
using System.Buffers.Binary;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;

namespace ActorRuntime.Persistence.Local.Recovery;

/// <summary>A place in a file, and what is wrong there.</summary>
/// <param name="Height">Of the block that should be there.</param>
internal sealed record Damage(string File, long Offset, long Height, string What)
{
    public override string ToString() => $"{File}, offset {Offset}, block {Height}: {What}";
}

/// <summary>A segment as it was read.</summary>
internal sealed class ScannedSegment(SegmentHeader header, string path, int length)
{
    public SegmentHeader Header { get; } = header;

    public string Path { get; } = path;

    public int Length { get; } = length;

    public List<int> Offsets { get; } = [];

    public List<BlockDigest> Digests { get; } = [];

    /// <summary>Where the next frame would begin.</summary>
    public int End { get; set; } = SegmentHeader.Length;
}

/// <summary>Reads a log's folder and finds out how much of it can be believed. Changes nothing.</summary>
/// <remarks>
/// Blocks count from the first segment on as long as each frame verifies and continues the chain. Where that ends is decided by what is
/// known to be on the disk: <see cref="Floor"/>. An end below it is <see cref="Damage"/>; above it, it is the torn tail of a power cut,
/// <see cref="Tail"/>, even if valid frames follow: the kernel writes pages in any order (SAFETY 2E-25). What later frames say of the
/// durable height counts although the frames themselves do not.
/// </remarks>
internal sealed class LogScan
{
    private readonly bool _isProven;

    private LogScan(string folder, LogState state, string bootId)
    {
        (Folder, State) = (folder, state);
        _isProven = state.IsClean || (bootId.Length > 0 && bootId == state.BootId);
        (Durable, Seen) = (state.Durable, Math.Max(state.Durable, state.Acknowledged));
    }

    public string Folder { get; }

    public LogState State { get; }

    /// <summary>Segments that make up the log, in order.</summary>
    public List<ScannedSegment> Segments { get; } = [];

    /// <summary>Files that are no part of it any more: trimmed, replaced, or behind its end.</summary>
    public List<string> Leftovers { get; } = [];

    /// <summary>Number of a segment that never was.</summary>
    public long NextNumber { get; private set; }

    public BlockPlace Start => Segments is [var first, ..] ? first.Header.Base : default;

    /// <summary>The newest block that can be believed.</summary>
    public BlockPlace Head { get; private set; }

    /// <summary>Highest term of its blocks.</summary>
    public long BlockTerm { get; private set; }

    /// <summary>Highest height that the state, or any frame, says to be on the disk.</summary>
    public long Durable { get; private set; }

    /// <summary>Highest height there is any word of.</summary>
    public long Seen { get; private set; }

    /// <summary>Up to here blocks must be there: what was durable; what was acknowledged too, unless the power may have been cut
    /// since.</summary>
    public long Floor => Math.Max(Durable, _isProven ? State.Acknowledged : 0);

    /// <summary>What cannot be explained by a power cut; null when the log can be used.</summary>
    public Damage? Damage { get; private set; }

    /// <summary>Where a torn tail begins; null when it ends cleanly.</summary>
    public Damage? Tail { get; private set; }

    /// <summary>Reads the log of a folder.</summary>
    /// <param name="state">Its state, or what is to be taken for it.</param>
    /// <param name="bootId">Of the running kernel.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="BlockStoreException">It is of a newer format.</exception>
    public static LogScan Read(string folder, LogState state, string bootId)
    {
        var scan = new LogScan(folder, state, bootId);
        scan.Run();
        return scan;
    }

    private void Run()
    {
        var files = Directory.GetFiles(Folder)
            .Select(path => (Path: path, Number: StoreFormat.SegmentNumber(path)))
            .Where(file => file.Number is not null).OrderBy(file => file.Number).ToList();
        Leftovers.AddRange(files.Where(file => file.Number < State.FirstSegment).Select(file => file.Path));
        files.RemoveAll(file => file.Number < State.FirstSegment);

        NextNumber = files is [.., (_, { } newest)] ? newest + 1 : State.FirstSegment + 1;
        var unreadable = new List<string>();
        var there = new HashSet<long> { 0 };
        var cut = 0L;
        foreach (var (path, number) in files)
        {
            if (ReadHeader(path, number!.Value) is not { } segment)
            {
                unreadable.Add(path);
                continue;
            }
            there.Add(number.Value);
            cut = Math.Max(cut, segment.Header.Cut);
            // A cut that begins at or below another's base replaced it.
            while (segment.Header.Cut == number && Segments is [.., var last] && last.Header.Base.Height >= segment.Header.Base.Height)
            {
                Leftovers.Add(last.Path);
                Segments.RemoveAt(Segments.Count - 1);
            }
            Segments.Add(segment);
        }

        if (!there.Contains(State.FirstSegment))
        {
            Damage = Missing(State.FirstSegment, 0);
            Leftovers.AddRange(Segments.Select(segment => segment.Path).Concat(unreadable));
            Segments.Clear();
            return;
        }
        Head = Start;
        var stop = Walk();
        if (stop is null && unreadable is [var path0, ..]) stop = new Damage(path0, 0, Head.Height + 1, "the header does not verify");
        Leftovers.AddRange(unreadable);
        if (!there.Contains(State.NewestSegment) || (cut >= State.FirstSegment && !there.Contains(cut)))
        {
            Damage = Missing(there.Contains(State.NewestSegment) ? cut : State.NewestSegment, Head.Height + 1);
        }
        else if (Head.Height < Floor)
        {
            var at = Segments[^1];
            Damage = stop ?? new Damage(at.Path, at.End, Head.Height + 1, $"the log ends here, but had its blocks up to {Floor}");
        }
        else
        {
            Tail = stop;
        }
    }

    private Damage Missing(long number, long height) =>
        new(Path.Combine(Folder, StoreFormat.SegmentName(number)), 0, height, "the segment's header does not verify, or the file is missing");

    /// <summary>Reads segments one after the other; returns where it had to stop, null at a clean end.</summary>
    private Damage? Walk()
    {
        for (var i = 0; i < Segments.Count; i++)
        {
            var segment = Segments[i];
            var isLast = i == Segments.Count - 1;
            var limit = isLast ? long.MaxValue : Segments[i + 1].Header.Base.Height;
            using var reader = new SegmentReader(segment);
            var continues = segment.Header.Base == Head;
            var stop = continues
                ? WalkSegment(segment, reader, limit)
                : new Damage(segment.Path, 0, Head.Height + 1, "the segment does not continue the one before it");
            if (stop is null && !isLast && Head.Height < limit)
                stop = new Damage(segment.Path, segment.End, Head.Height + 1, $"no frame, but the next segment begins above block {limit}");

            // Without a power cut nothing can be behind a clean end that was not seen.
            if (stop is null && (!isLast || (_isProven && Head.Height >= Floor))) continue;
            var isMoreBehind = ScanRest(segment, reader);
            for (var later = i + 1; later < Segments.Count; later++)
            {
                using var rest = new SegmentReader(Segments[later]);
                ScanRest(Segments[later], rest);
                Leftovers.Add(Segments[later].Path);
            }
            Segments.RemoveRange(i + 1, Segments.Count - i - 1);
            if (!continues)
            {
                Leftovers.Add(segment.Path);
                Segments.RemoveAt(i);
            }
            return stop ?? (isMoreBehind ? new Damage(segment.Path, segment.End, Head.Height + 1, "no frame, but frames follow") : null);
        }
        return null;
    }

    private Damage? WalkSegment(ScannedSegment segment, SegmentReader reader, long limit)
    {
        while (Head.Height < limit)
        {
            var frame = reader.At(segment.End, Frame.HeaderLength);
            if (!Frame.IsMarked(frame.Span, segment.Header.Mark)) return reader.Failure(Head.Height + 1);
            var length = Frame.BlockLength(frame.Span);
            if (length < 0 || length > segment.Length - segment.End - Frame.HeaderLength) return Stop("a frame longer than the segment");
            frame = reader.At(segment.End, Frame.Size(length));
            if (!Frame.Verifies(frame.Span, segment.Header.Mark)) return reader.Failure(Head.Height + 1) ?? Stop("the frame's checksum is wrong");
            Block block;
            try
            {
                block = Block.Read(frame.Slice(Frame.HeaderLength, length));
            }
            catch (FormatException e)
            {
                return Stop(e.Message);
            }
            if (new BlockPlace(block.Height - 1, block.Previous) != Head) return Stop($"{block} does not follow block {Head.Height}");
            Learn(frame.Span, block.Height);
            segment.Offsets.Add(segment.End);
            segment.Digests.Add(block.Digest);
            segment.End += Frame.Size(length);
            Head = new BlockPlace(block.Height, block.Digest);
            BlockTerm = Math.Max(BlockTerm, block.Term);
        }
        return null;

        Damage Stop(string what) => new(segment.Path, segment.End, Head.Height + 1, what);
    }

    /// <summary>Looks for frames of a segment behind the end; they do not count, but what they know of the disk does.</summary>
    private bool ScanRest(ScannedSegment segment, SegmentReader reader)
    {
        Span<byte> mark = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(mark, segment.Header.Mark);
        var rest = reader.At(segment.End, segment.Length - segment.End).Span;
        var isFound = false;
        while (rest.IndexOf(mark) is var found and >= 0)
        {
            isFound = true;
            rest = rest[found..];
            if (Frame.Verifies(rest, segment.Header.Mark))
            {
                var block = rest.Slice(Frame.HeaderLength, Frame.BlockLength(rest));
                Learn(rest, block.Length >= Block.HeaderLength ? BinaryPrimitives.ReadInt64LittleEndian(block[1..]) : 0);
            }
            rest = rest[mark.Length..];
        }
        return isFound;
    }

    private void Learn(ReadOnlySpan<byte> frame, long height)
    {
        Durable = Math.Max(Durable, Frame.Durable(frame));
        Seen = Math.Max(Seen, Math.Max(height, Frame.Durable(frame)));
    }

    private ScannedSegment? ReadHeader(string path, long number)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var page = new byte[SegmentHeader.Length];
        try
        {
            if (RandomAccess.Read(file, page, 0) < page.Length) return null;
        }
        catch (IOException)
        {
            return null; // As a header that does not verify: who calls decides whether it may be missing.
        }
        var length = RandomAccess.GetLength(file);
        return SegmentHeader.Read(page, path) is { } header && header.Number == number && header.LogKey == State.LogKey && length <= int.MaxValue
            ? new ScannedSegment(header, path, (int)length)
            : null;
    }

    /// <summary>Reads a segment from its beginning as far as is asked for.</summary>
    private sealed class SegmentReader : IDisposable
    {
        private const int Step = 1024 * 1024;

        private readonly ScannedSegment _segment;
        private readonly byte[] _buffer;
        private int _filled;
        private string? _failure;

        public SegmentReader(ScannedSegment segment)
        {
            _segment = segment;
            _buffer = ArrayPool<byte>.Shared.Rent(segment.Length);
        }

        /// <summary>So many bytes from there, fewer at the end of the file or of what can be read.</summary>
        public ReadOnlyMemory<byte> At(int offset, int length)
        {
            var end = (int)Math.Min(_segment.Length, (long)offset + length);
            if (end > _filled && _failure is null) Fill(end);
            return offset >= _filled ? default : _buffer.AsMemory(offset, Math.Min(end, _filled) - offset);
        }

        /// <summary>Why less was read than there is; null when all was.</summary>
        public Damage? Failure(long height) => _failure is null ? null : new Damage(_segment.Path, _filled, height, _failure);

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

        private void Fill(int end)
        {
            var target = Math.Min(_segment.Length, Math.Max(end, _filled + Step));
            using var file = File.OpenHandle(_segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            try
            {
                while (_filled < target && RandomAccess.Read(file, _buffer.AsSpan(_filled, target - _filled), _filled) is var read and > 0) _filled += read;
            }
            catch (IOException e)
            {
                _failure = e.Message;
            }
        }
    }
}
