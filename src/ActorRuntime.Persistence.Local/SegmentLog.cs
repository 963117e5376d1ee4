using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Local;

/// <summary>A log of blocks in segments: appended through a mapping, flushed by the store's one worker.</summary>
/// <remarks>
/// One caller at a time; <see cref="FlushOnWorker"/> and <see cref="CloseOnWorker"/> run beside it on the worker. What both touch is behind
/// the lock: what waits to be flushed, and how far the disk is known to have it. A flush that failed is final, for the kernel has forgotten
/// what it could not write: from then on the log only reads.
/// </remarks>
internal sealed class SegmentLog : IBlockLog
{
    private readonly Lock _lock = new();
    private readonly LogContext _context;
    private readonly string _folder;
    private readonly StateFile _state;
    private readonly List<Segment> _segments;
    private readonly List<Segment> _unflushed;
    private readonly List<Segment> _retired = [];
    private readonly List<Segment> _flushing = [];
    private BlockPlace _head;
    private long _term;
    private long _bytes;
    private long _nextNumber;
    private long _firstSegment;
    private long _requested;
    private long _durable;
    private int _truncations;
    private bool _hasNewSegment;
    private TaskCompletionSource? _waiting;
    private Task? _closing;
    private bool _isClosed;
    private volatile BlockStoreException? _failure;

    /// <param name="segments">At least one; the last one is appended to.</param>
    /// <param name="durable">Highest height known to be on the disk.</param>
    public SegmentLog(LogContext context, string folder, StateFile state, IEnumerable<Segment> segments, long durable, long nextNumber)
    {
        (_context, _folder, _state, _segments, _durable, _nextNumber) = (context, folder, state, [.. segments], durable, nextNumber);
        _unflushed = _segments.FindAll(segment => segment.Last > durable || segment == _segments[^1]);
        _head = new BlockPlace(Active.Last, Active.DigestAt(Active.Last));
        _bytes = StateFile.Length + _segments.Sum(segment => (long)segment.Length);
        _requested = durable;
        _hasNewSegment = context.Options.Flush != FlushPolicy.GroupCommit; // Whose name is on the disk, only group commit made sure.
        StoreId = state.Current.StoreId;
        _term = state.Current.Term;
        Name = state.Current.Name;
        Active.Map();
    }

    /// <summary>Under which the store knows it.</summary>
    public string Name { get; }

    /// <summary>Whether the worker has it on its list. Guarded by the flusher.</summary>
    public bool IsQueued { get; set; }

    /// <inheritdoc/>
    public ulong StoreId { get; }

    /// <inheritdoc/>
    public long Term => _term;

    /// <inheritdoc/>
    public BlockPlace Start => _segments[0].Base;

    /// <inheritdoc/>
    public BlockPlace Head => _head;

    /// <inheritdoc/>
    public long Bytes => _bytes;

    private Segment Active => _segments[^1];

    /// <inheritdoc/>
    public void RecordTerm(long term)
    {
        ThrowIfUnusable();
        Invariant.Holds(term > _term);
        _state.SetTerm(term);
        _term = term;
    }

    /// <inheritdoc/>
    public void Append(Block block)
    {
        ThrowIfUnusable();
        Invariant.Holds(new BlockPlace(block.Height - 1, block.Previous) == _head);
        var durable = Volatile.Read(ref _durable);
        if (!Active.TryAppend(block, durable))
        {
            BeginSegment(block.Bytes.Length);
            Invariant.Holds(Active.TryAppend(block, durable));
        }
        _head = new BlockPlace(block.Height, block.Digest);
    }

    /// <inheritdoc/>
    public Block Read(long height) => SegmentOf(height).Read(height);

    /// <inheritdoc/>
    public BlockDigest DigestAt(long height) => height == Start.Height ? Start.Digest : SegmentOf(height).DigestAt(height);

    /// <inheritdoc/>
    public Task FlushAsync()
    {
        if (_failure is { } failure) return Task.FromException(Refusal(failure));
        ObjectDisposedException.ThrowIf(_closing is not null, this);
        var height = _head.Height;
        if (_context.Options.Flush != FlushPolicy.GroupCommit)
        {
            _state.Raise(height, durable: 0);
            if (_context.Options.Flush == FlushPolicy.Process) return Task.CompletedTask;
            lock (_lock)
            {
                if (!NeedsFlush(height)) return Task.CompletedTask;
                _requested = height;
            }
            _context.Flusher.EnqueueLater(this);
            return Task.CompletedTask;
        }
        Task flushed;
        lock (_lock)
        {
            if (!NeedsFlush(height)) return Task.CompletedTask;
            _requested = height;
            flushed = (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        _context.Flusher.Enqueue(this);
        return flushed;
    }

    /// <inheritdoc/>
    public void TruncateAbove(long height)
    {
        ThrowIfUnusable();
        Invariant.Holds(height >= Start.Height);
        if (height >= _head.Height) return;
        try
        {
            Truncate(new BlockPlace(height, DigestAt(height)));
        }
        catch (Exception e) when (e is (IOException and not BlockStoreException) or UnauthorizedAccessException)
        {
            throw Refusal(Fail(e)); // Where there is only no room for a segment, nothing has happened, and the log goes on as it was.
        }
    }

    /// <inheritdoc/>
    public void TrimTo(long height)
    {
        ThrowIfUnusable();
        var count = 0;
        while (count < _segments.Count - 1 && _segments[count + 1].Base.Height <= height) count++;
        if (count == 0) return;
        lock (_lock)
        {
            Retire(_segments.GetRange(0, count));
            _segments.RemoveRange(0, count);
            _firstSegment = _segments[0].Number;
        }
        _context.Flusher.Enqueue(this);
    }

    /// <summary>Flushes all of it and marks it as closed in order, where it has not failed.</summary>
    public ValueTask DisposeAsync()
    {
        _closing ??= _context.Flusher.RunAsync(CloseOnWorker);
        return new ValueTask(_closing);
    }

    /// <summary>One flush for all who wait. On the worker.</summary>
    public void FlushOnWorker()
    {
        TaskCompletionSource? waiting;
        long target;
        int truncations;
        bool hasNewSegment;
        long first;
        var retired = Array.Empty<Segment>();
        lock (_lock)
        {
            if (_isClosed) return;
            (waiting, _waiting, target, truncations) = (_waiting, null, _requested, _truncations);
            first = _firstSegment;
            if (_retired.Count > 0) retired = [.. _retired];
            _retired.Clear();
            _flushing.Clear();
            if (target > _durable || retired.Length > 0) _flushing.AddRange(_unflushed);
            hasNewSegment = _hasNewSegment && _flushing.Count > 0;
            if (hasNewSegment) _hasNewSegment = false;
        }
        if (_failure is { } before)
        {
            waiting?.TrySetException(Refusal(before));
            Array.ForEach(retired, segment => segment.Dispose());
            return;
        }
        try
        {
            foreach (var segment in _flushing) _context.Disk.Flush(segment.File, segment.Path);
            if (hasNewSegment) _context.Disk.FlushDirectory(_folder);
            lock (_lock)
            {
                if (truncations == _truncations && _flushing.Count > 0)
                {
                    Volatile.Write(ref _durable, Math.Max(_durable, target));
                    // Not the last one: it was appended to meanwhile, and may be followed by another by now.
                    _unflushed.RemoveAll(_flushing[..^1].Contains);
                }
                else
                {
                    target = 0;
                }
            }
            _state.Raise(acknowledged: _context.Options.Flush == FlushPolicy.GroupCommit ? target : 0, durable: target);
            // What the state names must be on the disk before: the kernel may write the state at any moment.
            if (hasNewSegment || retired.Length > 0) _state.SetSegments(first, hasNewSegment ? _flushing[^1].Number : 0);
            if (_state.NeedsFlush) _state.Flush();
            waiting?.TrySetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var failure = Fail(e);
            waiting?.TrySetException(Refusal(failure));
            Array.ForEach(retired, segment => segment.Dispose());
            return;
        }
        if (retired.Length > 0) _context.Recycle(retired);
    }

    /// <summary>Writes the clean mark. On the worker, once.</summary>
    private void CloseOnWorker()
    {
        lock (_lock) _requested = _head.Height;
        FlushOnWorker();
        if (_failure is null)
        {
            try
            {
                _state.Set(_state.Current with
                {
                    IsClean = true, Acknowledged = _head.Height, Durable = _head.Height, FirstSegment = _segments[0].Number, NewestSegment = Active.Number,
                });
                _state.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fail(e); // Without its clean mark, and with the mark of the failure, the next opening knows what it cannot believe.
            }
        }
        _isClosed = true;
        foreach (var segment in _segments) segment.Dispose();
        _state.Dispose();
        _context.Closed(this);
    }

    private void BeginSegment(int blockLength)
    {
        if (_bytes + _context.Files.LengthFor(blockLength) > _context.Options.LogBytesMax)
        {
            throw new BlockStoreException(
                $"The log {Name} has {_bytes} bytes and may have {_context.Options.LogBytesMax} (actor-runtime.persistence.local.log-bytes-max): "
                + $"block {_head.Height + 1} was not appended. It is trimmed when the persistent store has its blocks.");
        }
        AddSegment(_head, blockLength, isTruncation: false);
        _context.ReplenishSpares();
    }

    private void AddSegment(BlockPlace place, int blockLength, bool isTruncation)
    {
        var header = new SegmentHeader(_nextNumber, _state.Current.LogKey, _context.DrawMark(), place, isTruncation ? _nextNumber : Active.Cut);
        var segment = _context.Files.Create(_folder, header, blockLength, isTruncation);
        try
        {
            segment.Map();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            segment.Dispose();
            _context.Files.Discard(segment.Path, segment.Length);
            throw new BlockStoreException($"{segment.Path} cannot be mapped: {e.Message}", e);
        }
        _nextNumber++;
        Active.Unmap();
        _bytes += segment.Length;
        lock (_lock)
        {
            _segments.Add(segment);
            _unflushed.Add(segment);
            _hasNewSegment = true;
        }
    }

    /// <summary>Begins a segment in place of all above: what is torn later, nothing of the dead branch is taken for the new one.</summary>
    private void Truncate(BlockPlace place)
    {
        Segment[] unflushed;
        lock (_lock)
        {
            unflushed = [.. _unflushed];
            _truncations++;
            _requested = Math.Min(_requested, place.Height);
            Volatile.Write(ref _durable, Math.Min(_durable, place.Height));
        }
        foreach (var segment in unflushed) _context.Disk.Flush(segment.File, segment.Path);
        _state.Lower(place.Height);
        _state.Flush();

        AddSegment(place, 0, isTruncation: true);
        _context.Disk.Flush(Active.File, Active.Path);
        _context.Disk.FlushDirectory(_folder);
        Segment[] dead = [.. _segments[..^1].Where(segment => segment.Base.Height >= place.Height)];
        lock (_lock) _segments.RemoveAll(dead.Contains);
        _state.SetSegments(_segments[0].Number, Active.Number);
        _state.Raise(0, place.Height);
        _state.Flush();

        lock (_lock)
        {
            Volatile.Write(ref _durable, place.Height);
            Retire(dead);
            _unflushed.RemoveAll(segment => segment != Active);
        }
        if (_segments.Count > 1) _segments[^2].CutTo(place.Height);
        _head = place;
        _context.Flusher.Enqueue(this);
    }

    private void Retire(IReadOnlyCollection<Segment> segments)
    {
        foreach (var segment in segments)
        {
            segment.Unmap();
            _unflushed.Remove(segment);
            _bytes -= segment.Length;
        }
        _retired.AddRange(segments);
    }

    private bool NeedsFlush(long height) => height > _durable || _state.NeedsFlush;

    private Segment SegmentOf(long height)
    {
        var (low, high) = (0, _segments.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].Base.Height < height) low = middle;
            else high = middle - 1;
        }
        return _segments[low];
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closing is not null, this);
        if (_failure is { } failure) throw Refusal(failure);
    }

    private BlockStoreException Fail(Exception cause)
    {
        BlockStoreException failure;
        lock (_lock)
        {
            if (_failure is { } earlier) return earlier;
            failure = _failure = new BlockStoreException(
                $"The log {Name} ({_folder}) failed: {cause.Message}. It acknowledges nothing more until it is opened again.", cause);
        }
        try
        {
            _state.SetFailed();
            _state.Flush();
        }
        catch (IOException)
        {
            // It is in the page cache, which counts as long as this kernel runs; after another boot the log is not whole without it either.
        }
        return failure;
    }

    /// <summary>An exception for each caller: one that is thrown twice loses where it came from.</summary>
    private static BlockStoreException Refusal(BlockStoreException failure) => new(failure.Message, failure);
}
