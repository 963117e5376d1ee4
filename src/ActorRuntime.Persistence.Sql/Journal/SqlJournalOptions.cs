using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>What journals and snapshot stores in databases have in common.</summary>
public abstract record SqlJournalOptions
{
    /// <summary>How long a write is tried, from the call to its failure. At least one attempt, default 10 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one page of a read may take, waiting for its turn included. Default 10 s.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most events committed in one transaction. 1 to 100,000, default 1,000: more gains nothing, and holds the lock longer.
    /// </summary>
    public int CommitEventsMax { get; init; } = 1_000;

    /// <summary>Most events waiting to be written; beyond it appends fail at once. Default 1,000,000.</summary>
    public int QueuedEventsMax { get; init; } = 1_000_000;

    /// <summary>Most bytes of one serialized event; a larger one is rejected. Default 16 MiB.</summary>
    public int EventBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Events read in one go; other reads come in between. 1 to 100,000, default 500.</summary>
    public int ReadPageEvents { get; init; } = 500;

    /// <summary>How long one attempt may last after its caller's time was up: the watch waits for it before it speaks for the writer.</summary>
    internal abstract TimeSpan AttemptTimeout { get; }

    /// <summary>These settings; what is not in <paramref name="config"/> keeps its value.</summary>
    private protected SqlJournalOptions With(Config config) => this with
    {
        WriteTimeout = config.GetTimeSpan("write-timeout", WriteTimeout),
        ReadTimeout = config.GetTimeSpan("read-timeout", ReadTimeout),
        CommitEventsMax = config.GetInt("commit-events-max", CommitEventsMax),
        QueuedEventsMax = config.GetInt("queued-events-max", QueuedEventsMax),
        EventBytesMax = (int)Math.Min(int.MaxValue, config.GetByteSize("event-bytes-max", EventBytesMax)),
        ReadPageEvents = config.GetInt("read-page-events", ReadPageEvents),
    };

    /// <param name="errors">Takes the broken rules.</param>
    /// <param name="attempt">Key of <see cref="AttemptTimeout"/>.</param>
    private protected OptionErrors Check(OptionErrors errors, string attempt) => errors
        .Require(WriteTimeout >= AttemptTimeout, $"write-timeout: below {attempt} a write is given up while it still waits")
        .Require(ReadTimeout >= AttemptTimeout, $"read-timeout: below {attempt} a read is given up while it still waits")
        .Require(CommitEventsMax is >= 1 and <= 100_000, "commit-events-max: outside of 1 to 100,000")
        .Require(QueuedEventsMax >= CommitEventsMax, "queued-events-max: below commit-events-max the journal never fills a commit")
        .Require(EventBytesMax is >= 1024 and <= 512 * 1024 * 1024, "event-bytes-max: outside of 1 KiB to 512 MiB")
        .Require(ReadPageEvents is >= 1 and <= 100_000, "read-page-events: outside of 1 to 100,000");
}
