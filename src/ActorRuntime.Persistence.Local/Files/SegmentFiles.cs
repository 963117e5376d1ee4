using ActorRuntime.Persistence.Blocks;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>Makes and takes back the files of segments, within the bytes the store may use. Any thread.</summary>
/// <remarks>Files of the usual size are used again: the disk then knows where they lie, and a flush writes data only. So many are kept ready.
/// </remarks>
internal sealed class SegmentFiles(IDisk disk, LocalStoreOptions options)
{
    private const int PageLength = 4096;

    private readonly Lock _lock = new();
    private readonly string _spares = Path.Combine(options.Directory, StoreFormat.Spares);
    private readonly Stack<string> _ready = [];
    private long _bytes;
    private long _named;

    /// <summary>Bytes of all logs and spare files.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes stock at the opening of the store.</summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public void Open()
    {
        Directory.CreateDirectory(_spares);
        foreach (var path in Directory.GetFiles(_spares).Order(StringComparer.Ordinal))
        {
            if (_ready.Count < options.SpareSegments && path.EndsWith(".spare", StringComparison.Ordinal)
                && new FileInfo(path).Length == options.SegmentSize)
            {
                _ready.Push(path);
                _bytes += options.SegmentSize;
            }
            else
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Counts files that are there already, or are no more.</summary>
    public void Count(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Bytes of the segment that a block of this length needs: the usual size, or for a larger block its own.</summary>
    public int LengthFor(int blockLength) =>
        Math.Max(options.SegmentSize, checked(SegmentHeader.Length + Frame.Size(blockLength) + PageLength - 1) & ~(PageLength - 1));

    /// <summary>Makes the next segment of a log; nothing of it is flushed.</summary>
    /// <param name="blockLength">Length of the block that must fit.</param>
    /// <param name="mayExceed">Whether the bound may be exceeded by this one file: to give something up takes room too.</param>
    /// <exception cref="BlockStoreException">The disk is full, or a bound is reached. Nothing has changed.</exception>
    public Segment Create(string folder, SegmentHeader header, int blockLength, bool mayExceed)
    {
        var length = LengthFor(blockLength);
        var path = Path.Combine(folder, StoreFormat.SegmentName(header.Number));
        var spare = length == options.SegmentSize ? TakeReady() : null;
        var isNew = spare is null;
        if (isNew) Reserve(length, mayExceed);
        spare ??= NewName();
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(spare, isNew ? FileMode.CreateNew : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (isNew) disk.Allocate(file, spare, length);
            var page = new byte[SegmentHeader.Length];
            header.Write(page);
            RandomAccess.Write(file, page, 0);
            File.Move(spare, path);
            return new Segment(file, path, header, length, [], [], 0, SegmentHeader.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The last is what .NET makes of a file size limit (EFBIG).
            file?.Dispose();
            Discard(spare, length);
            throw new BlockStoreException($"{path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Takes a file back that no log needs any more: it is kept ready, or deleted.</summary>
    /// <exception cref="IOException">It is still where it was.</exception>
    public void TakeBack(string path, long length)
    {
        if (length == options.SegmentSize)
        {
            lock (_lock)
            {
                if (_ready.Count < options.SpareSegments)
                {
                    var spare = NewName();
                    File.Move(path, spare);
                    _ready.Push(spare);
                    return;
                }
            }
        }
        File.Delete(path);
        Count(-length);
    }

    /// <summary>Makes spare files until there are as many as wanted, written once and flushed; slow.</summary>
    public void Replenish()
    {
        while (TryReserveSpare())
        {
            var path = NewName();
            try
            {
                using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite))
                {
                    disk.WriteZeros(file, options.SegmentSize);
                    disk.Flush(file, path);
                }
                lock (_lock) _ready.Push(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Nothing rests on a spare file: who needs a segment makes it, and says what is wrong with the disk.
                Discard(path, options.SegmentSize);
                return;
            }
        }
    }

    /// <summary>Deletes a file that was made in vain.</summary>
    public void Discard(string path, long length)
    {
        Count(-length);
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next opening of the store finds it in the directory, and deletes it or uses it.
        }
    }

    private bool TryReserveSpare()
    {
        lock (_lock)
        {
            if (_ready.Count >= options.SpareSegments || Bytes + options.SegmentSize > options.BytesMax) return false;
        }
        Count(options.SegmentSize);
        return true;
    }

    private void Reserve(int length, bool mayExceed)
    {
        if (Interlocked.Add(ref _bytes, length) <= options.BytesMax || mayExceed) return;
        Count(-length);
        throw new BlockStoreException(
            $"The local store {options.Directory} has {Bytes} bytes and may have {options.BytesMax} (actor-runtime.persistence.local.bytes-max): "
            + $"no room for {length} more. Logs are trimmed when the persistent store has their blocks.");
    }

    private string? TakeReady()
    {
        lock (_lock) return _ready.TryPop(out var path) ? path : null;
    }

    private string NewName()
    {
        string path;
        do path = Path.Combine(_spares, $"{Interlocked.Increment(ref _named)}.spare");
        while (File.Exists(path));
        return path;
    }
}
