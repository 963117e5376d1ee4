using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>Limits a sender to so many items a second (generic cell rate algorithm): what was not sent is caught up over at most
/// <see cref="Burst"/>.</summary>
/// <param name="itemsPerSecond">0: no limit.</param>
internal struct FlowPace(int itemsPerSecond)
{
    /// <summary>Items are released in portions of this length of time: fewer, larger messages.</summary>
    private static readonly TimeSpan Portion = TimeSpan.FromMilliseconds(10);

    /// <summary>A sender that was held up sends faster until it has caught up this much (at least one portion).</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(50);

    private MonotonicTime _paidUntil;
    private long _remainder;

    /// <summary>When the next portion is released, null without a limit.</summary>
    public readonly MonotonicTime? Deadline => itemsPerSecond == 0 ? null : _paidUntil + Step;

    /// <summary>A portion, or the time of one item (rounded up) where that is longer.</summary>
    private readonly TimeSpan Step =>
        new(Math.Max(Portion.Ticks, (TimeSpan.TicksPerSecond + itemsPerSecond - 1) / itemsPerSecond));

    /// <summary>Starts anew: the first portion is released at once.</summary>
    public void Reset(MonotonicTime now) => _paidUntil = itemsPerSecond == 0 ? now : new(now.Ticks - Step.Ticks);

    /// <summary>Items that may leave now.</summary>
    public int Allowance(MonotonicTime now)
    {
        if (itemsPerSecond == 0) return int.MaxValue;
        var owed = Math.Max(Burst.Ticks, Step.Ticks);
        if ((now - _paidUntil).Ticks > owed) _paidUntil = new(now.Ticks - owed);
        return now < Deadline ? 0 : (int)((now - _paidUntil).Ticks * itemsPerSecond / TimeSpan.TicksPerSecond);
    }

    /// <summary>So many have left.</summary>
    public void Pay(int items)
    {
        if (itemsPerSecond == 0) return;
        var ticks = items * TimeSpan.TicksPerSecond + _remainder;
        _paidUntil += new TimeSpan(ticks / itemsPerSecond);
        _remainder = ticks % itemsPerSecond;
    }
}
