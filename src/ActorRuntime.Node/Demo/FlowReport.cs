namespace ActorRuntime.Node.Demo;

/// <summary>What became of one flow, or of all: the input beside what receivers persisted.</summary>
/// <param name="Lost">Items of the input that no receiver has.</param>
/// <param name="Duplicated">Items a receiver has more than once.</param>
/// <param name="Reordered">Items that came after a later one.</param>
/// <param name="Foreign">Items a receiver has that the input does not, or with other bytes.</param>
/// <param name="Fenced">Items accepted of a term below the highest the receiver had opened: a second sender ran (I4).</param>
/// <param name="RefusedFromMuted">Items that muted or superseded senders still sent and that were refused.</param>
/// <param name="SilenceMs">Longest stretch between two items, ms.</param>
internal sealed record FlowReport(
    string Flow, long ItemsIn, long ItemsOut, long Lost, long Duplicated, long Reordered, long Foreign, long Fenced, string Sha256In,
    string Sha256Out, long RefusedFromMuted, double SilenceMs)
{
    /// <summary>Everything once, in order, byte for byte, from one sender at a time.</summary>
    public bool IsIntact =>
        Lost == 0 && Duplicated == 0 && Reordered == 0 && Foreign == 0 && Fenced == 0 && ItemsIn == ItemsOut && Sha256In == Sha256Out;
}
