using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Journal;

/// <summary>What consecutive blocks of a shard's replicated log did, for <see cref="IJournal.AppendCommittedAsync"/>.</summary>
/// <param name="ToHeight">Height of the last of the blocks.</param>
/// <param name="Events">In the order of the log; of any persistence ids, each with the term of its block.</param>
/// <param name="Deletions">Done after the events were added; each persistence id once.</param>
public sealed record CommittedBlocks(long ToHeight, IReadOnlyList<JournalEvent> Events, IReadOnlyList<EventsDeletion> Deletions)
{
    /// <summary>Checks what every journal demands.</summary>
    /// <exception cref="InvariantException">It is no continuation of the height, or of another scope or a later term.</exception>
    public void Check(WriterFence fence, long afterHeight)
    {
        Invariant.Holds(!fence.IsNone && ToHeight > afterHeight);
        for (var i = 0; i < Events.Count; i++) Invariant.Holds(Events[i].Writer.Scope == fence.Scope && Events[i].Writer.Term <= fence.Term);
    }
}

/// <summary>Events of a persistence id that are not needed any more.</summary>
/// <param name="ToSequenceNr">The last of them; a higher number than the highest stored means that one.</param>
public readonly record struct EventsDeletion(string PersistenceId, long ToSequenceNr);
