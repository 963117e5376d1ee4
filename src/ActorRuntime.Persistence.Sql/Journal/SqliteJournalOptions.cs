using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>Settings of journal and snapshots in SQLite files, read from <c>actor-runtime.persistence.sqlite</c>.</summary>
public sealed record SqliteJournalOptions
{
    /// <summary>The file all node processes of one machine share. Journal and snapshots may name the same one.</summary>
    public required string Path { get; init; }

    /// <summary>How long one attempt waits for another process's lock. 10 ms to 10 s, default 500 ms.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a write is tried, from the call to its failure. At least the busy time-out, default 10 s.</summary>
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

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.sqlite</c>.</param>
    /// <param name="path">The file.</param>
    public static SqliteJournalOptions FromConfig(Config config, string path)
    {
        var defaults = new SqliteJournalOptions { Path = path };
        return defaults with
        {
            BusyTimeout = config.GetTimeSpan("busy-timeout", defaults.BusyTimeout),
            WriteTimeout = config.GetTimeSpan("write-timeout", defaults.WriteTimeout),
            ReadTimeout = config.GetTimeSpan("read-timeout", defaults.ReadTimeout),
            CommitEventsMax = config.GetInt("commit-events-max", defaults.CommitEventsMax),
            QueuedEventsMax = config.GetInt("queued-events-max", defaults.QueuedEventsMax),
            EventBytesMax = (int)Math.Min(int.MaxValue, config.GetByteSize("event-bytes-max", defaults.EventBytesMax)),
            ReadPageEvents = config.GetInt("read-page-events", defaults.ReadPageEvents),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public SqliteJournalOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence.sqlite")
            .Require(!string.IsNullOrWhiteSpace(Path), "path: names no file")
            .Require(BusyTimeout >= TimeSpan.FromMilliseconds(10), "busy-timeout: below 10 ms two nodes refuse each other")
            .Require(BusyTimeout <= TimeSpan.FromSeconds(10), "busy-timeout: above 10 s a foreign lock looks like a dead disk")
            .Require(WriteTimeout >= BusyTimeout, "write-timeout: below busy-timeout a write is given up while it still waits")
            .Require(ReadTimeout >= BusyTimeout, "read-timeout: below busy-timeout a read is given up while it still waits")
            .Require(CommitEventsMax is >= 1 and <= 100_000, "commit-events-max: outside of 1 to 100,000")
            .Require(QueuedEventsMax >= CommitEventsMax, "queued-events-max: below commit-events-max the journal never fills a commit")
            .Require(EventBytesMax is >= 1024 and <= 512 * 1024 * 1024, "event-bytes-max: outside of 1 KiB to 512 MiB")
            .Require(ReadPageEvents is >= 1 and <= 100_000, "read-page-events: outside of 1 to 100,000")
            .ThrowIfAny();
        return this;
    }
}
