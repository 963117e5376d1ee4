using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>A transaction of appends that is there as a whole or not at all, and nobody knows yet.</summary>
/// <param name="Witness">One of its events.</param>
/// <param name="Moved">The fences it moves by one.</param>
internal sealed record UnsettledCommit(JournalEvent Witness, IReadOnlyList<WriterFence> Moved);

/// <summary>A commit failed after its transaction was complete: it may be found in the file later.</summary>
/// <param name="commit">What is to be settled; null for what can simply be done again.</param>
internal sealed class UnknownCommitException(string path, SqliteFailureException cause, UnsettledCommit? commit)
    : IOException($"{path}: the commit failed, its outcome is unknown (SQLite {cause.ExtendedCode}: {cause.Message})", cause)
{
    public UnsettledCommit? Commit { get; } = commit;
}

/// <summary>What was committed is in the file, but a power cut may undo it.</summary>
internal sealed class FlushFailedException(string path, Exception cause)
    : IOException($"{path}-wal: could not be flushed ({cause.Message}). Look into the system log for the disk", cause);
