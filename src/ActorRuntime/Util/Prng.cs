namespace ActorRuntime.Util;

/// <summary>Seeded random numbers; the sequence of a seed never changes, so a failing run can be replayed.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood 2014). Not for secrets. Not thread-safe: one per core.</remarks>
/// <param name="seed">Any value.</param>
public sealed class Prng(ulong seed)
{
    /// <summary>What the state grows by with each draw: <see cref="Mix"/> of seed + n steps is the n-th draw.</summary>
    internal const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>A stream of its own for each purpose of a seed, the same in every process (string.GetHashCode is not).</summary>
    public static Prng For(ulong seed, string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        var hash = 14695981039346656037; // FNV-1a.
        foreach (var character in purpose) hash = (hash ^ character) * 1099511628211;
        return new Prng(seed ^ hash);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Mix(_state += Step);

    /// <summary>A duration from zero up to and without <paramref name="limit"/>.</summary>
    public TimeSpan Below(TimeSpan limit) => new((long)(Next() % (ulong)limit.Ticks));

    /// <summary>True in <paramref name="percent"/> of 100 draws.</summary>
    public bool Chance(int percent) => Next() % 100 < (ulong)percent;

    /// <summary>Spreads the bits of a state over the whole number; one to one.</summary>
    public static ulong Mix(ulong mixed)
    {
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
