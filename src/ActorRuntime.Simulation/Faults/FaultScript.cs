using System.Collections.Immutable;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Faults;

/// <summary>Draws scripts of faults.</summary>
internal static class FaultScript
{
    /// <summary>Kinds after which nothing that was acknowledged is lost.</summary>
    public static ImmutableArray<FaultKind> Tolerated { get; } = [.. Enum.GetValues<FaultKind>().Where(static kind => kind != FaultKind.LastDiskLoss)];

    /// <summary>Faults of some kinds one after the other, in part at the same time.</summary>
    /// <param name="random">Where the draws come from.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="length">Time in which they begin.</param>
    /// <param name="every">Mean time from one to the next.</param>
    /// <param name="longest">None lasts longer.</param>
    /// <param name="kinds">Those to draw from.</param>
    public static ImmutableArray<Fault> Draw(Prng random, int nodes, TimeSpan length, TimeSpan every, TimeSpan longest, params ReadOnlySpan<FaultKind> kinds)
    {
        var script = ImmutableArray.CreateBuilder<Fault>();
        for (var at = random.Below(every); at < length; at += random.Below(2 * every))
        {
            var kind = kinds[(int)(random.Next() % (ulong)kinds.Length)];
            var node = (int)(random.Next() % (ulong)nodes);
            var other = nodes == 1 ? 0 : (node + 1 + (int)(random.Next() % (ulong)(nodes - 1))) % nodes;
            // Short ones are as interesting as long ones: spread over orders of magnitude.
            var lasts = longest / (1UL << (int)(random.Next() % 7)) * 0.5 + random.Below(longest / (1UL << (int)(random.Next() % 7))) * 0.5;
            script.Add(new Fault(at, lasts, kind, node, other, random.Next()));
        }
        return script.ToImmutable();
    }
}
