namespace ActorRuntime.Persistence.Journal;

/// <summary>The store of events or snapshots failed. A write may or may not have happened: read back before deciding anything.</summary>
public class JournalException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>A second writer that no term kept away, because its actor lives outside of shards. Nothing was written.</summary>
/// <param name="refused">First event of the refused append.</param>
/// <param name="highest">Highest sequence number in the store.</param>
public sealed class SequenceTakenException(JournalEvent refused, long highest) : JournalException(
    $"{refused.PersistenceId}: sequence number {refused.SequenceNr} is taken (highest {highest}): another actor writes under the same " +
    "persistence id. Nothing was written");

/// <summary>The writer does not hold the scope (any more): nothing was written, and trying again is in vain.</summary>
/// <param name="scope">The scope.</param>
/// <param name="ownTerm">Term of the refused write.</param>
/// <param name="currentTerm">Term in the store; 0 when none was ever raised.</param>
public sealed class FencedException(string scope, long ownTerm, long currentTerm) : IOException(Describe(scope, ownTerm, currentTerm))
{
    /// <summary>The scope.</summary>
    public string Scope { get; } = scope;

    /// <summary>Term of the refused write.</summary>
    public long OwnTerm { get; } = ownTerm;

    /// <summary>Term in the store; 0 when none was ever raised.</summary>
    public long CurrentTerm { get; } = currentTerm;

    private static string Describe(string scope, long own, long current) =>
        own < current ? $"{scope}: term {own} is over, term {current} writes now"
        : own > current ? $"{scope}: term {own} was not raised before the write; the store is at term {current}"
        : $"{scope}: another process writes in the same term {own}";
}

/// <summary>The events cannot be stored as they are; nothing was written and the actor goes on.</summary>
public sealed class EventRejectedException(string message, Exception? cause = null) : Exception(message, cause);
