namespace ActorRuntime.Simulation.Faults;

/// <summary>What can be done to a cluster.</summary>
public enum FaultKind
{
    /// <summary>SIGKILL; the node starts again at the end of the fault.</summary>
    Kill,

    /// <summary>The machine loses its power: peers are not told. It starts again at the end.</summary>
    PowerCut,

    /// <summary>As <see cref="PowerCut"/>, and it comes back with an empty disk.</summary>
    DiskLoss,

    /// <summary>SIGSTOP until the end.</summary>
    Freeze,

    /// <summary>The node leaves in order, and starts again at the end.</summary>
    Leave,

    /// <summary>No bytes between the node and all others, both ways.</summary>
    Isolate,

    /// <summary>No bytes from the node to the others; it still hears them.</summary>
    Silence,

    /// <summary>No bytes to the node; the others still hear it.</summary>
    Deafen,

    /// <summary>No signals to the node; the others still hear it, and streams stay.</summary>
    DeafenSignals,

    /// <summary>No bytes between the node and one other, both ways.</summary>
    CutPair,

    /// <summary>No signals of the node and none to it; its data channel stays.</summary>
    CutSignals,

    /// <summary>No streams of the node and none to it; its signals stay.</summary>
    CutStreams,

    /// <summary>The nodes fall into two halves that hear nothing of each other; the node is in the first.</summary>
    Split,

    /// <summary>The nodes fall into two halves; only the node hears both.</summary>
    Bridge,

    /// <summary>30 % of all datagrams are lost, as many streams held up, some doubled.</summary>
    Loss,

    /// <summary>Everything takes 200 ms ± 100 ms.</summary>
    Slow,

    /// <summary>What goes to the node piles up, and arrives at once at the end.</summary>
    Clog,

    /// <summary>No node reaches the control log.</summary>
    StoreOutage,

    /// <summary>The node does not reach the control log.</summary>
    StoreCutOff,

    /// <summary>Half of the writes to the control log go without answer: done, not done, or done later.</summary>
    StoreUnknown,

    /// <summary>The control log takes up to half a second.</summary>
    StoreSlow,

    /// <summary>No node reaches the journal.</summary>
    JournalOutage,

    /// <summary>The node does not reach the journal.</summary>
    JournalCutOff,

    /// <summary>30 % of the writes to the journal go without answer.</summary>
    JournalUnknown,

    /// <summary>The journal takes up to half a second.</summary>
    JournalSlow,

    /// <summary>Half of what the node writes to its disk fails.</summary>
    DiskErrors,

    /// <summary>The node's disk is full.</summary>
    DiskFull,

    /// <summary>Each write to the node's disk takes up to two seconds.</summary>
    DiskSlow,

    /// <summary>The node's clocks run as fast or slow as leases allow for.</summary>
    ClockDrift,

    /// <summary>The node's wall clock jumps by up to an hour.</summary>
    WallClockJump,

    /// <summary>Work of the node waits up to 20 ms for a processor.</summary>
    Busy,

    /// <summary>An operator wants a shard of the objects to be led by the node; over at once.</summary>
    Move,

    /// <summary>As <see cref="DiskLoss"/>, also when the disk has the last log of a shard that may lead: nothing tolerates that, an operator has to accept what is
    /// lost.</summary>
    LastDiskLoss,
}

/// <summary>One fault of a script.</summary>
/// <param name="At">From when on, counted from the beginning of the script.</param>
/// <param name="For">How long; the node is whole again afterwards.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">Index of the node it is done to; without meaning for stores.</param>
/// <param name="Other">Index of the other node of a pair.</param>
/// <param name="Parameter">Chooses among the strengths of a kind.</param>
public sealed record Fault(TimeSpan At, TimeSpan For, FaultKind Kind, int Node, int Other, ulong Parameter)
{
    /// <inheritdoc/>
    public override string ToString() => $"{At.TotalSeconds,7:0.000} s  {Kind} {(Kind == FaultKind.CutPair ? $"n{Node}-n{Other}" : $"n{Node}")} for {For.TotalSeconds:0.000} s";
}
