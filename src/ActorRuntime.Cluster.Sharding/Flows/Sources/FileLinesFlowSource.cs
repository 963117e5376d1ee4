using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Cluster.Sharding.Flows.Sources;

/// <summary>The lines of a file, or one partition of them: line <c>i</c> (from 0) belongs to partition <c>i mod partitions</c>; its offset
/// is <c>i</c>.</summary>
/// <remarks>
/// An item is a line with its terminator, byte for byte: nothing is decoded, a carriage return stays, a last line without a newline is an
/// item as it is. The file must not change while the flow runs; every node on which a sender may run needs it under the same path.
/// Reading on is sequential; going elsewhere starts at the nearest of the positions noted on the way (one per
/// <see cref="LinesPerMark"/> lines).
/// </remarks>
public sealed class FileLinesFlowSource : IFlowSource
{
    /// <summary>Name under which it is registered. Settings: <c>path</c>, <c>partition</c> (default 0), <c>partitions</c> (default 1).</summary>
    public const string Name = "file-lines";

    private const int LinesPerMark = 1024;
    private const int BufferBytes = 256 << 10;

    /// <summary>A call ends after scanning so much, even without an item: the unit answers other messages in between.</summary>
    private const long ScanBytesMax = 16 << 20;

    private readonly string _path;
    private readonly int _partition;
    private readonly int _partitions;
    private readonly int _lineBytesMax;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly List<long> _marks = [0];

    private SafeFileHandle? _file;
    private long _line;
    private long _bufferAt;
    private int _at;
    private int _have;

    /// <summary>Lines of <paramref name="path"/>; the file is opened with the first read.</summary>
    /// <param name="lineBytesMax">A longer line, terminator included, is an error.</param>
    public FileLinesFlowSource(string path, int partition, int partitions, int lineBytesMax)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, partitions);
        (_path, _partition, _partitions, _lineBytesMax) = (path, partition, partitions, lineBytesMax);
    }

    private long Position => _bufferAt + _at;

    /// <summary>Makes a source from a flow's settings.</summary>
    /// <exception cref="FlowSourceException">A setting is missing or no number.</exception>
    public static FileLinesFlowSource Create(FlowSourceContext context)
    {
        var settings = context.Settings.SourceSettings;
        if (!settings.TryGetValue("path", out var path) || path.Length == 0)
            throw new FlowSourceException($"flow {context.Flow}: source {Name} needs the setting 'path'");
        var (partition, partitions) = (Number("partition", 0), Number("partitions", 1));
        if (partitions < 1 || partition < 0 || partition >= partitions)
            throw new FlowSourceException($"flow {context.Flow}: partition {partition} of {partitions}: must be 0 to partitions - 1");
        return new FileLinesFlowSource(path, partition, partitions, context.Settings.ItemBytesMax);

        int Number(string key, int otherwise) =>
            !settings.TryGetValue(key, out var text) ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new FlowSourceException($"flow {context.Flow}: source setting {key} = '{text}' is not a number");
    }

    public async ValueTask<FlowRead> ReadAsync(long offset, int itemsMax, int bytesMax, CancellationToken cancellationToken)
    {
        try
        {
            _file ??= File.OpenHandle(_path, options: FileOptions.SequentialScan | FileOptions.Asynchronous);
            return await ReadLinesAsync(offset, itemsMax, bytesMax, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException and not FlowSourceException or UnauthorizedAccessException)
        {
            throw new FlowSourceException($"input file '{_path}' cannot be read: {e.Message}", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        _file = null;
        return ValueTask.CompletedTask;
    }

    private async ValueTask<FlowRead> ReadLinesAsync(long offset, int itemsMax, int bytesMax, CancellationToken cancellationToken)
    {
        Approach(offset);
        var from = Position;
        var bytes = new ArrayBufferWriter<byte>();
        var found = new List<(long Line, int Start, int Length)>();
        while (found.Count < itemsMax && bytes.WrittenCount < bytesMax && Position - from < ScanBytesMax)
        {
            var line = _line;
            var isWanted = line >= offset && line % _partitions == _partition;
            var start = bytes.WrittenCount;
            if (!await NextLineAsync(isWanted ? bytes : null, cancellationToken).ConfigureAwait(false))
                return new FlowRead(Items(bytes, found), Math.Max(offset, _line), IsEnd: true);
            if (isWanted) found.Add((line, start, bytes.WrittenCount - start));
        }
        return new FlowRead(Items(bytes, found), Math.Max(offset, _line), IsEnd: false);
    }

    private static FlowItem[] Items(ArrayBufferWriter<byte> bytes, List<(long Line, int Start, int Length)> found)
    {
        var items = new FlowItem[found.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = new FlowItem(found[i].Line, bytes.WrittenMemory.Slice(found[i].Start, found[i].Length));
        return items;
    }

    /// <summary>Goes to the nearest known line at or before the offset.</summary>
    private void Approach(long offset)
    {
        var mark = (int)Math.Min(offset / LinesPerMark, _marks.Count - 1);
        var marked = (long)mark * LinesPerMark;
        if (_line <= offset && _line >= marked) return;
        (_line, _bufferAt, _at, _have) = (marked, _marks[mark], 0, 0);
    }

    /// <summary>Passes one line, copying it where wanted; false at the end of the file.</summary>
    private async ValueTask<bool> NextLineAsync(ArrayBufferWriter<byte>? into, CancellationToken cancellationToken)
    {
        var length = 0L;
        while (true)
        {
            if (_at == _have && !await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                if (length == 0) return false;
                break;
            }
            var rest = _buffer.AsSpan(_at, _have - _at);
            var newline = rest.IndexOf((byte)'\n');
            var taken = newline < 0 ? rest.Length : newline + 1;
            length += taken;
            if (into is not null && length > _lineBytesMax)
                throw new FlowSourceException(
                    $"input file '{_path}', line {_line + 1}: longer than item-bytes-max = {_lineBytesMax} bytes; raise that setting or divide the line");
            into?.Write(rest[..taken]);
            _at += taken;
            if (newline >= 0) break;
        }
        if (++_line % LinesPerMark == 0 && _line / LinesPerMark == _marks.Count) _marks.Add(Position);
        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _bufferAt += _have;
        (_at, _have) = (0, 0);
        _have = await RandomAccess.ReadAsync(_file!, _buffer, _bufferAt, cancellationToken).ConfigureAwait(false);
        return _have > 0;
    }
}
