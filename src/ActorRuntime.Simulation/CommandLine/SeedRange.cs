using System.Globalization;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>Seeds as they are written on the command line: <c>7</c> or <c>1..1000</c>.</summary>
internal readonly record struct SeedRange(ulong First, ulong Last)
{
    private const ulong CountMax = 10_000_000;

    public ulong Count => Last - First + 1;

    /// <exception cref="FormatException">Says what is expected.</exception>
    public static SeedRange Parse(string text)
    {
        var parts = text.Split("..");
        if (parts.Length <= 2 && TryParse(parts[0], out var first) && TryParse(parts[^1], out var last) && first <= last && last - first < CountMax) return new(first, last);
        throw new FormatException($"'{text}' is no range of seeds: write one number, or FIRST..LAST with at most {CountMax} seeds, for example 1..1000");

        static bool TryParse(string part, out ulong value) => ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    public override string ToString() => First == Last ? $"{First}" : $"{First}..{Last}";
}
