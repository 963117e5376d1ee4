using System.Collections.Immutable;

namespace ActorRuntime.Cluster.Tests.Signal;

/// <summary>What a simulation does to its processes and links.</summary>
internal enum FaultKind
{
    /// <summary>One direction of one link, from the node to its next one.</summary>
    Cut,

    /// <summary>All links of the node; it still reaches the store.</summary>
    Partition,

    /// <summary>All links of the node, and the store.</summary>
    Isolation,

    /// <summary>The process dies; another starts at its place when the time is over.</summary>
    Crash,

    /// <summary>The process stands still; its clock does not.</summary>
    Pause,

    /// <summary>The node does not reach the store.</summary>
    StoreCut,

    /// <summary>All links to the node; the others hear it.</summary>
    Deafness,
}

/// <summary>One fault: from when on, what, to which node, for how long.</summary>
internal sealed record SignalFault(int AtMs, FaultKind Kind, int Node, int LengthMs)
{
    public override string ToString() => $"{AtMs} ms: {Kind} of n{Node} for {LengthMs} ms";
}

/// <summary>What the network does to the datagram of this number in the order of sending: loses it, delays it, delivers it again as late.</summary>
internal sealed record MessageFate(int Number, bool IsLost, bool IsDoubled, int DelayMs)
{
    public override string ToString() => $"#{Number} {(IsLost ? "lost" : $"{(IsDoubled ? "again " : "")}{DelayMs} ms later")}";
}

/// <summary>A whole schedule, to be drawn and made smaller.</summary>
/// <param name="Seed">Of what is left to chance: travel times below <see cref="SimulationPlan.DelayMax"/>, the store's, clock rates.</param>
internal sealed record SignalSchedule(
    int Nodes, int Seed, int DriftPpmMax, int LossPercent, ImmutableArray<SignalFault> Faults, ImmutableArray<MessageFate> Fates)
{
    public override string ToString() =>
        $"{Nodes} nodes, seed {Seed}, drift {DriftPpmMax} ppm, {LossPercent} % lost; {string.Join("; ", Faults)}; {string.Join(", ", Fates)}";

    /// <summary>The same with less: without parts of it, without chance, with shorter and earlier faults.</summary>
    public IEnumerable<SignalSchedule> Smaller()
    {
        if (LossPercent > 0) yield return this with { LossPercent = 0 };
        if (DriftPpmMax > 0) yield return this with { DriftPpmMax = 0 };
        foreach (var faults in Without(Faults)) yield return this with { Faults = faults };
        foreach (var fates in Without(Fates)) yield return this with { Fates = fates };
        if (Nodes > 2 && !Faults.Any(fault => fault.Node == Nodes - 1)) yield return this with { Nodes = Nodes - 1 };
        for (var i = 0; i < Faults.Length; i++)
        {
            var fault = Faults[i];
            if (fault.LengthMs > 200) yield return this with { Faults = Faults.SetItem(i, fault with { LengthMs = fault.LengthMs / 2 / 100 * 100 }) };
            if (fault.AtMs % 100 != 0) yield return this with { Faults = Faults.SetItem(i, fault with { AtMs = fault.AtMs / 100 * 100 }) };
        }
    }

    /// <summary>Halves first, then one by one.</summary>
    private static IEnumerable<ImmutableArray<T>> Without<T>(ImmutableArray<T> all)
    {
        for (var size = all.Length; size > 0; size /= 2)
            for (var at = 0; at + size <= all.Length; at += size) yield return all.RemoveRange(at, size);
    }
}
