using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Databases;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>The journal's tables in one database. Connections share what outlives them: the fences this process has raised.</summary>
internal interface IJournalDatabase : IDisposable
{
    /// <summary>The file, or server and database: how messages call it.</summary>
    string Name { get; }

    /// <summary>How long to wait before an attempt on a new connection; zero where opening waits itself.</summary>
    TimeSpan RetryDelay { get; }

    /// <summary>A connection that writes; one at a time, all on one thread.</summary>
    /// <exception cref="StoreUnreachableException">Not now; try again.</exception>
    /// <exception cref="StoreRefusedException">No retry mends it; nothing was changed.</exception>
    IJournalConnection OpenWriter();

    /// <summary>A connection that only reads.</summary>
    /// <inheritdoc cref="OpenWriter"/>
    IJournalConnection OpenReader();
}

/// <summary>What the journal asks of a database, on one connection. Blocking; one thread at a time.</summary>
/// <remarks>Every call may end with a <see cref="DatabaseFailureException"/>: it did nothing.</remarks>
internal interface IJournalConnection : IDisposable
{
    /// <summary>Writes all appends it can in one transaction; those it cannot keep their <see cref="AppendOperation.Refusal"/>.</summary>
    /// <returns>True when there is something to flush.</returns>
    /// <exception cref="UnknownCommitException">The commit failed: all or none of it may be there. <see cref="Settle"/> finds out.</exception>
    bool Write(IReadOnlyList<AppendOperation> appends);

    /// <summary>After an unknown commit: whether it happened, for good; the heights under our own terms, and the refusals, follow.</summary>
    /// <exception cref="UnknownCommitException">Not settled; settle again.</exception>
    bool Settle(UnsettledCommit commit);

    /// <summary>Makes durable what <see cref="Write"/> committed, where the commit did not.</summary>
    /// <exception cref="FlushFailedException">It is in the store, but not known to be durable.</exception>
    void Flush();

    /// <summary>After a failed flush: makes all that is committed durable in another way.</summary>
    /// <exception cref="StoreUnreachableException">Not yet; try again.</exception>
    void MendFlush();

    /// <summary>Raises the fence and reads the height under it.</summary>
    /// <exception cref="FencedException">A higher term is there.</exception>
    /// <exception cref="UnknownCommitException">Raise again.</exception>
    long Raise(WriterFence fence);

    /// <summary>Moves the fence row of exactly this term and height, then writes the blocks; see
    /// <see cref="IJournal.AppendCommittedAsync"/>.</summary>
    /// <returns>Height of the scope.</returns>
    /// <exception cref="FencedException">The writer does not hold its scope.</exception>
    /// <exception cref="SequenceTakenException">An event is there already, written by somebody else; nothing was written.</exception>
    /// <exception cref="UnknownCommitException">Write again.</exception>
    long WriteBehind(WriterFence fence, long afterHeight, CommittedBlocks blocks);

    /// <exception cref="FencedException">The writer does not hold its scope.</exception>
    /// <exception cref="UnknownCommitException">Delete again.</exception>
    void Delete(WriterFence writer, string persistenceId, long toSequenceNr);

    /// <exception cref="JournalException">A row does not match its checksum.</exception>
    List<JournalEvent> Read(string persistenceId, long fromSequenceNr, long toSequenceNr, int maxEvents);

    /// <summary>Highest sequence number, deleted ones included; 0 without any.</summary>
    long Highest(string persistenceId);

    /// <summary>Events of all persistence ids after a position; durable, so that a power cut does not give their positions to others.</summary>
    /// <exception cref="JournalException">A row does not match its checksum.</exception>
    /// <exception cref="FlushFailedException">They are not known to be durable.</exception>
    List<OrderedEvent> ReadOrdered(string? tag, long afterPosition, int max);

    long HighestPosition();

    /// <summary>The highest term in any fence; 0 without any.</summary>
    long HighestTerm();

    /// <summary>Persistence ids after one, in ordinal order.</summary>
    List<string> Ids(string afterId, int max);
}
