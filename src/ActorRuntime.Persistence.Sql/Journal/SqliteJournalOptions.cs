using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>Settings of journal and snapshots in SQLite files, read from <c>actor-runtime.persistence.sqlite</c>.</summary>
public sealed record SqliteJournalOptions : SqlJournalOptions
{
    /// <summary>The file all node processes of one machine share. Journal and snapshots may name the same one.</summary>
    public required string Path { get; init; }

    /// <summary>How long one attempt waits for another process's lock. 10 ms to 10 s, default 500 ms.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    internal override TimeSpan AttemptTimeout => BusyTimeout;

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.sqlite</c>.</param>
    /// <param name="path">The file.</param>
    public static SqliteJournalOptions FromConfig(Config config, string path)
    {
        var options = (SqliteJournalOptions)new SqliteJournalOptions { Path = path }.With(config);
        return options with { BusyTimeout = config.GetTimeSpan("busy-timeout", options.BusyTimeout) };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public SqliteJournalOptions Validated()
    {
        Check(
            new OptionErrors("actor-runtime.persistence.sqlite")
                .Require(!string.IsNullOrWhiteSpace(Path), "path: names no file")
                .Require(BusyTimeout >= TimeSpan.FromMilliseconds(10), "busy-timeout: below 10 ms two nodes refuse each other")
                .Require(BusyTimeout <= TimeSpan.FromSeconds(10), "busy-timeout: above 10 s a foreign lock looks like a dead disk"),
            "busy-timeout").ThrowIfAny();
        return this;
    }
}
