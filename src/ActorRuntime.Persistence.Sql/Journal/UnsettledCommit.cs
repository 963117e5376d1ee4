using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>A transaction of appends that is there as a whole or not at all, and nobody knows yet; the connection that began it knows how to
/// find out.</summary>
internal abstract record UnsettledCommit;

/// <summary>A commit failed after its transaction was complete: it may be found in the store later.</summary>
/// <param name="store">The file, or server and database.</param>
/// <param name="commit">What is to be settled; null for what can simply be done again.</param>
internal sealed class UnknownCommitException(string store, DatabaseFailureException cause, UnsettledCommit? commit)
    : IOException($"{store}: the commit failed, its outcome is unknown ({cause.Message})", cause)
{
    public UnsettledCommit? Commit { get; } = commit;
}

/// <summary>What was committed is in the file, but a power cut may undo it.</summary>
internal sealed class FlushFailedException(string path, Exception cause)
    : IOException($"{path}-wal: could not be flushed ({cause.Message}). Look into the system log for the disk", cause);
