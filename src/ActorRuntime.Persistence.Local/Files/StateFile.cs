using ActorRuntime.Persistence.Blocks;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>The state of an open log in its file. Any thread.</summary>
/// <remarks>
/// The file has four places, a page each, for one numbered and checksummed state; the highest number that verifies counts. A change goes to
/// a place that is neither the newest (the process may be killed in the middle of it), nor the last one flushed (a power cut may tear the
/// page), nor the one just being flushed. What must not be forgotten is written to two of them. Whatever happens, the newest that was
/// completed, or after a power cut the newest that was flushed, is there.
/// </remarks>
internal sealed class StateFile : IDisposable
{
    private const int Places = 4, PlaceLength = 4096;

    private readonly Lock _lock = new();
    private readonly Lock _flushLock = new();
    private readonly IDisk _disk;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly Mapping _mapping;
    private readonly byte[] _buffer = new byte[LogState.Length];
    private LogState _current;
    private long _number;
    private long _neededNumber;
    private long _flushedNumber;
    private int _newest;
    private int _flushed;
    private int _flushing;

    /// <summary>Opens the file of an existing log for writing, and flushes what is in it.</summary>
    /// <exception cref="IOException">It cannot be opened or flushed.</exception>
    public StateFile(IDisk disk, string path)
    {
        (_disk, _path) = (disk, path);
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            (_current, _number, _newest) = Newest(_file, path) ?? throw new BlockStoreException($"{path}: no state in it verifies");
            _disk.Flush(_file, path);
            _mapping = new Mapping(_file, Places * PlaceLength);
            (_flushed, _flushing, _flushedNumber) = (_newest, _newest, _number);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the file.</summary>
    public static int Length => Places * PlaceLength;

    /// <summary>As last changed.</summary>
    public LogState Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Whether a change that must not be forgotten is not on the disk yet.</summary>
    public bool NeedsFlush
    {
        get
        {
            lock (_lock) return _neededNumber > _flushedNumber;
        }
    }

    /// <summary>Writes a file with a first state, flushed.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Create(IDisk disk, string path, LogState state)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        var content = new byte[Length];
        for (var place = 0; place < Places; place++) state.Write(content.AsSpan(place * PlaceLength), place + 1);
        RandomAccess.Write(file, content, 0);
        disk.Flush(file, path);
    }

    /// <summary>The state in a file; null when none verifies.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="BlockStoreException">It is of a newer format.</exception>
    public static LogState? Read(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Newest(file, path)?.State;
    }

    /// <summary>Replaces the state; <see cref="Flush"/> is needed.</summary>
    public void Set(LogState state)
    {
        lock (_lock) WriteTwice(state);
    }

    /// <summary>Records a term; <see cref="Flush"/> is needed.</summary>
    public void SetTerm(long term)
    {
        lock (_lock) WriteTwice(_current with { Term = term });
    }

    /// <summary>Records which segments there are; <see cref="Flush"/> is needed.</summary>
    /// <param name="first">The one the log begins with.</param>
    /// <param name="newest">One that is on the disk, and all before it.</param>
    public void SetSegments(long first, long newest)
    {
        lock (_lock) WriteTwice(_current with { FirstSegment = Math.Max(first, _current.FirstSegment), NewestSegment = Math.Max(newest, _current.NewestSegment) });
    }

    /// <summary>Records how far the log was acknowledged and is durable, if that is more than before.</summary>
    public void Raise(long acknowledged, long durable)
    {
        lock (_lock)
        {
            if (acknowledged <= _current.Acknowledged && durable <= _current.Durable) return;
            Write(_current with { Acknowledged = Math.Max(acknowledged, _current.Acknowledged), Durable = Math.Max(durable, _current.Durable) });
        }
    }

    /// <summary>Records that all above a height is given up; <see cref="Flush"/> is needed.</summary>
    public void Lower(long height)
    {
        lock (_lock) WriteTwice(_current with { Acknowledged = Math.Min(height, _current.Acknowledged), Durable = Math.Min(height, _current.Durable) });
    }

    /// <summary>Records that the disk may not have what the page cache shows; <see cref="Flush"/> is needed.</summary>
    public void SetFailed()
    {
        lock (_lock) WriteTwice(_current with { HasFailed = true });
    }

    /// <summary>Puts all changes on the disk.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public void Flush()
    {
        lock (_flushLock)
        {
            long number;
            lock (_lock) (number, _flushing) = (_number, _newest);
            _disk.Flush(_file, _path);
            lock (_lock) (_flushedNumber, _flushed) = (number, _flushing);
        }
    }

    public void Dispose()
    {
        _mapping.Dispose();
        _file.Dispose();
    }

    /// <summary>What must not be forgotten stands in two places from then on: one that decays takes nothing with it.</summary>
    private void WriteTwice(LogState state)
    {
        Write(state);
        Write(state);
        _neededNumber = _number;
    }

    private void Write(LogState state)
    {
        var place = 0;
        while (place == _newest || place == _flushed || place == _flushing) place++;
        state.Write(_buffer, ++_number);
        _buffer.CopyTo(_mapping.At(place * PlaceLength, LogState.Length));
        (_current, _newest) = (state, place);
    }

    private static (LogState State, long Number, int Place)? Newest(SafeFileHandle file, string path)
    {
        var content = new byte[Length];
        RandomAccess.Read(file, content, 0);
        (LogState, long Number, int)? newest = null;
        for (var place = 0; place < Places; place++)
        {
            if (LogState.Read(content.AsSpan(place * PlaceLength, LogState.Length), path) is ({ } state, var number)
                && (newest is null || number > newest.Value.Number))
            {
                newest = (state, number, place);
            }
        }
        return newest;
    }
}
