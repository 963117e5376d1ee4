using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Settings of a node's access to the control log, read from <c>actor-runtime.cluster.control-log</c>.</summary>
public sealed record LogOptions
{
    /// <summary>How often the store's head is looked at; pushes between nodes are faster, this is what remains when they fail. 10 ms to 1 min,
    /// default 250 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Wait after a store call that failed or whose outcome is unknown. 1 ms to 10 s, default 50 ms.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Time without an answer of the store after which this node says that it cannot decide. 100 ms to 1 min, default 2 s.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After so long a proposer is told that its proposal is not applied, or that its outcome is unknown. 100 ms to 10 min, default
    /// 10 s.</summary>
    public TimeSpan ProposeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Proposals of one node that may wait; more are refused. 1 to 65,536, default 1,024.</summary>
    public int ProposalsMax { get; init; } = 1_024;

    /// <summary>Rows read at once. 16 to 10,000, default 512.</summary>
    public int ReadRows { get; init; } = 512;

    /// <summary>Rows kept in memory for inspection. 16 to 10,000, default 512.</summary>
    public int TailRows { get; init; } = 512;

    /// <summary>Entries after which the orchestrator sums the log up in a checkpoint of the view. 64 to 1,000,000, default 4,096.</summary>
    public int CompactAfter { get; init; } = 4_096;

    /// <summary>Entries before a checkpoint that stay in the store: for inspection, and for nodes a little behind. 16 to 1,000,000, default
    /// 1,024.</summary>
    public int CompactKeep { get; init; } = 1_024;

    /// <summary>How often at most this node writes down how far it has read (in data-dir). What a power cut takes is at most so much of its
    /// memory, never of the log. 100 ms to 1 min, default 1 s.</summary>
    public TimeSpan RememberInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public LogOptions Validated(string path = "actor-runtime.cluster.control-log")
    {
        new OptionErrors(path)
            .Require(PollInterval >= TimeSpan.FromMilliseconds(10) && PollInterval <= TimeSpan.FromMinutes(1), "poll-interval: 10 ms to 1 min")
            .Require(RetryInterval >= TimeSpan.FromMilliseconds(1) && RetryInterval <= TimeSpan.FromSeconds(10), "retry-interval: 1 ms to 10 s")
            .Require(StoreTimeout >= TimeSpan.FromMilliseconds(100) && StoreTimeout <= TimeSpan.FromMinutes(1), "store-timeout: 100 ms to 1 min")
            .Require(ProposeTimeout >= TimeSpan.FromMilliseconds(100) && ProposeTimeout <= TimeSpan.FromMinutes(10), "propose-timeout: 100 ms to 10 min")
            .Require(ProposalsMax is >= 1 and <= 65_536, "proposals-max: 1 to 65536")
            .Require(ReadRows is >= 16 and <= 10_000, "read-rows: 16 to 10000")
            .Require(TailRows is >= 16 and <= 10_000, "tail-rows: 16 to 10000")
            .Require(CompactAfter is >= 64 and <= 1_000_000, "compact-after: 64 to 1000000")
            .Require(CompactKeep is >= 16 and <= 1_000_000, "compact-keep: 16 to 1000000")
            .Require(RememberInterval >= TimeSpan.FromMilliseconds(100) && RememberInterval <= TimeSpan.FromMinutes(1), "remember-interval: 100 ms to 1 min")
            .ThrowIfAny();
        return this;
    }

    /// <summary>Reads the settings; keys that are missing keep their defaults.</summary>
    /// <param name="log">The section <c>control-log</c>.</param>
    public static LogOptions FromConfig(Config log)
    {
        var defaults = new LogOptions();
        return new LogOptions
        {
            PollInterval = log.GetTimeSpan("poll-interval", defaults.PollInterval),
            RetryInterval = log.GetTimeSpan("retry-interval", defaults.RetryInterval),
            StoreTimeout = log.GetTimeSpan("store-timeout", defaults.StoreTimeout),
            ProposeTimeout = log.GetTimeSpan("propose-timeout", defaults.ProposeTimeout),
            ProposalsMax = log.GetInt("proposals-max", defaults.ProposalsMax),
            ReadRows = log.GetInt("read-rows", defaults.ReadRows),
            CompactAfter = log.GetInt("compact-after", defaults.CompactAfter),
            CompactKeep = log.GetInt("compact-keep", defaults.CompactKeep),
            RememberInterval = log.GetTimeSpan("remember-interval", defaults.RememberInterval),
            TailRows = log.GetInt("tail-rows", defaults.TailRows),
        };
    }
}
