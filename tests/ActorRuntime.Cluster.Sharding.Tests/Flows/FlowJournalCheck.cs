using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Flows;

/// <summary>Reads a receiver's journal from the outside: shares no code with the receiver.</summary>
internal static class FlowJournalCheck
{
    /// <summary>All items once, in order, each under the fence that was the highest when it was applied.</summary>
    public static void Check(IReadOnlyList<FlowEvent> journal, int items)
    {
        var fence = default(FlowFence);
        var (sequence, isCompleted) = (0L, false);
        foreach (var fact in journal)
        {
            switch (fact)
            {
                case FlowEvent.FlowOpened opened:
                    Require(opened.Fence > fence, $"{opened.Fence} opened after {fence}");
                    fence = opened.Fence;
                    break;
                case FlowEvent.ItemsApplied applied:
                    Require(applied.Fence == fence, $"item {applied.FirstSequence} of {applied.Fence} applied after {fence} was opened");
                    Require(applied.FirstSequence == sequence + 1, $"sequence {applied.FirstSequence} after {sequence}");
                    foreach (var item in applied.Batch)
                        Require(item.SourceOffset == sequence++, $"source offset {item.SourceOffset} at sequence {sequence}");
                    break;
                case FlowEvent.FlowCompleted completed:
                    Require(completed.Count == sequence, $"completed with {completed.Count} at {sequence}");
                    isCompleted = true;
                    break;
            }
        }
        Require(isCompleted && sequence == items, $"never completed: {sequence} of {items} applied");
    }

    /// <summary>The journal has this item at this sequence.</summary>
    public static void Holds(IReadOnlyList<FlowEvent> journal, long sequence, FlowItem item)
    {
        for (var i = journal.Count - 1; i >= 0; i--)
        {
            if (journal[i] is not FlowEvent.ItemsApplied applied || applied.FirstSequence > sequence) continue;
            var index = (int)(sequence - applied.FirstSequence);
            Require(
                index < applied.Batch.Length && applied.Batch[index].Bytes.Span.SequenceEqual(item.Bytes.Span),
                $"acknowledged item {sequence} is not in the journal");
            return;
        }
        Require(false, $"acknowledged item {sequence} is not in the journal");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new InvariantException(what);
    }
}
