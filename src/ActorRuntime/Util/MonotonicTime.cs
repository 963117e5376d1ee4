namespace ActorRuntime.Util;

/// <summary>A reading of one node's monotonic clock; readings of two nodes are not comparable.</summary>
/// <param name="Ticks">Time since an arbitrary origin, in units of 100 ns.</param>
public readonly record struct MonotonicTime(long Ticks) : IComparable<MonotonicTime>
{
    /// <summary>Compares two readings of the same clock.</summary>
    public int CompareTo(MonotonicTime other) => Ticks.CompareTo(other.Ticks);

    /// <summary>The reading <paramref name="wait"/> later.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan wait) => new(checked(time.Ticks + wait.Ticks));

    /// <summary>The time that passed from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) => new(later.Ticks - earlier.Ticks);

    /// <summary>Orders two readings of the same clock.</summary>
    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.Ticks < right.Ticks;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.Ticks > right.Ticks;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.Ticks <= right.Ticks;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.Ticks >= right.Ticks;
}
