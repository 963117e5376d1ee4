using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas.Behind;

/// <summary>Brings what one shard's log has committed into the persistent store, while this node leads it.</summary>
/// <remarks>
/// Sans-IO. Model: the store is out of reach at times, its answers are lost, a write of unknown outcome may happen later; another leader may
/// have raised the fence. Whatever is unknown is settled by raising the fence to the same term again, which reads the height.
/// Invariants: asks for committed blocks only, in order, above the height that was read under its own term (SAFETY 1C-28); says that a height is reached
/// only when the store has said so in that term (2E-28); goes on with no store that lacks blocks this log has no more, or has blocks it never
/// committed.
/// </remarks>
public sealed class WriteBehindCore(WriteBehindOptions options)
{
    private readonly Queue<Waiting> _waiting = [];
    private long _term;
    private long _committed;
    private long _bytes;
    private bool _isHeard;
    private bool _isAsked;
    private MonotonicTime? _retryAt;
    private TimeSpan _retryAfter;
    private MonotonicTime _openedAt;

    /// <summary>Height of the store, as far as this node knows.</summary>
    public long Height { get; private set; }

    /// <summary>Why this log must not be served; null while it may.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Last failure of the store; null when it is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>Leads, and goes on.</summary>
    public bool IsOn => _term > 0 && Refusal is null;

    /// <summary>More may be committed: the lag is within its bounds.</summary>
    public bool MayGrow => !IsOn || (_committed - Height < options.LagBlocksMax && _bytes < options.LagBytesMax);

    /// <summary>When to call <see cref="OnTime"/>; null when there is nothing to wait for.</summary>
    public MonotonicTime? Deadline =>
        !IsOn || _isAsked ? null : _retryAt ?? (_waiting.TryPeek(out var oldest) ? oldest.At + options.CommitInterval : null);

    internal WriteBehindLag LagAt(MonotonicTime now) => !IsOn || _committed == Height ? default
        : new(_committed - Height, _bytes, now - (_isHeard && _waiting.TryPeek(out var oldest) ? oldest.At : _openedAt));

    /// <summary>The log of a term is open: this node leads.</summary>
    /// <param name="known">Height the store is known to have had; at least that of the log's start.</param>
    /// <param name="committed">Height of the newest committed block.</param>
    public void OnOpened(long term, long known, long committed, MonotonicTime now, List<WriteBehindEffect> effects)
    {
        Clear();
        (_term, Height, _committed, _openedAt, _retryAfter, Refusal, Failure) = (term, known, committed, now, options.RetryAfter, null, null);
        Ask(new WriteBehindEffect.Raise(term), effects);
    }

    /// <summary>Another leads, or is about to.</summary>
    public void OnDeposed()
    {
        _term = 0;
        Clear();
    }

    /// <summary>A block is committed. Those before <see cref="OnOpened"/> are not told.</summary>
    public void OnCommitted(long height, int bytes, MonotonicTime now, List<WriteBehindEffect> effects)
    {
        if (!IsOn || height <= _committed) return;
        Invariant.Holds(height == _committed + 1);
        _committed = height;
        Add(height, bytes, now);
        WriteWhenDue(now, effects);
    }

    /// <summary>The store has answered what was asked for in a term.</summary>
    /// <param name="height">Its height.</param>
    /// <param name="start">Height below which the log has no blocks any more.</param>
    /// <param name="sizeOf">Bytes of a block of the log.</param>
    public void OnHeight(long term, long height, long start, Func<long, int> sizeOf, MonotonicTime now, List<WriteBehindEffect> effects)
    {
        if (term != _term || !IsOn) return;
        (_isAsked, _retryAt, _retryAfter, Failure) = (false, null, options.RetryAfter, null);
        if (height < start || height > _committed)
        {
            Refusal = height < start
                ? $"the persistent store has blocks up to {height}, this node's log begins above {start}: blocks in between are in neither"
                : $"the persistent store has blocks up to {height}, this log has committed {_committed}: the store was written to from another log";
            effects.Add(new WriteBehindEffect.Refuse(Refusal));
            return;
        }
        if (!_isHeard || height < Height) Fill(height, sizeOf);
        while (_waiting.TryPeek(out var oldest) && oldest.Height <= height) _bytes -= _waiting.Dequeue().Bytes;
        (_isHeard, Height) = (true, height);
        effects.Add(new WriteBehindEffect.Reached(height));
        WriteWhenDue(now, effects);
    }

    /// <summary>What was asked for in a term was not done, or nobody knows.</summary>
    public void OnFailed(long term, string why, MonotonicTime now)
    {
        if (term != _term || !IsOn) return;
        (_isAsked, Failure, _retryAt) = (false, why, now + _retryAfter);
        _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, options.RetryAfterMax.Ticks));
    }

    /// <summary>Time has passed.</summary>
    public void OnTime(MonotonicTime now, List<WriteBehindEffect> effects)
    {
        if (!IsOn || _isAsked) return;
        if (_retryAt is not { } at) WriteWhenDue(now, effects);
        else if (at <= now) Ask(new WriteBehindEffect.Raise(_term), effects);
    }

    private void WriteWhenDue(MonotonicTime now, List<WriteBehindEffect> effects)
    {
        if (_isAsked || _retryAt is not null || !_waiting.TryPeek(out var oldest)) return;
        if (now - oldest.At < options.CommitInterval && _waiting.Count < options.CommitBlocks && _bytes < options.CommitBytes) return;
        var (blocks, bytes, to) = (0, 0L, Height);
        foreach (var next in _waiting)
        {
            if (blocks == options.CommitBlocks || (blocks > 0 && bytes + next.Bytes > options.CommitBytes)) break;
            (blocks, bytes, to) = (blocks + 1, bytes + next.Bytes, next.Height);
        }
        Ask(new WriteBehindEffect.Write(_term, Height, to), effects);
    }

    private void Ask(WriteBehindEffect effect, List<WriteBehindEffect> effects)
    {
        (_isAsked, _retryAt) = (true, null);
        effects.Add(effect);
    }

    /// <summary>From what the log holds: it was committed before this term, or the store has gone back.</summary>
    private void Fill(long height, Func<long, int> sizeOf)
    {
        _waiting.Clear();
        _bytes = 0;
        for (var at = height + 1; at <= _committed; at++) Add(at, sizeOf(at), _openedAt);
    }

    private void Add(long height, int bytes, MonotonicTime at)
    {
        _waiting.Enqueue(new Waiting(height, bytes, at));
        _bytes += bytes;
    }

    private void Clear()
    {
        _waiting.Clear();
        (_bytes, _isHeard, _isAsked, _retryAt) = (0, false, false, null);
    }

    private readonly record struct Waiting(long Height, int Bytes, MonotonicTime At);
}
