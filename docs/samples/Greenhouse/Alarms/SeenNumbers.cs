using System.Collections.Immutable;

namespace Greenhouse.Alarms;

/// <summary>Numbers that have come, counted from 1 without gaps by their sender, and arriving in any order. Small: what has no gap below it is one number.</summary>
/// <param name="UpTo">All up to this have come.</param>
/// <param name="Above">Those above it that have come too.</param>
public sealed record SeenNumbers(long UpTo, ImmutableSortedSet<long> Above)
{
    /// <summary>Nothing has come.</summary>
    public static SeenNumbers None { get; } = new(0, ImmutableSortedSet<long>.Empty);

    /// <summary>Whether a number has come.</summary>
    public bool Contains(long number) => number <= UpTo || Above.Contains(number);

    /// <summary>With a number that has come.</summary>
    public SeenNumbers With(long number)
    {
        if (Contains(number)) return this;
        var (upTo, above) = (UpTo, Above.Add(number));
        while (above.Contains(upTo + 1)) above = above.Remove(++upTo);
        return new(upTo, above);
    }
}
