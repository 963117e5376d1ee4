using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>Settings of the control log in a SQLite file, read from <c>actor-runtime.persistence.sqlite.control-log</c>.</summary>
public sealed record SqliteControlLogOptions
{
    /// <summary>The file all node processes of one machine share.</summary>
    public required string Path { get; init; }

    /// <summary>How long one call waits for another process's lock. 10 ms to 10 s, default 250 ms: half a default lease, so that a
    /// witness renewal that meets a foreign lock fails in time to try again.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a caller waits for its turn and the answer of the disk. At least the busy time-out, default 3 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long opening insists against a lock before it counts as foreign. Zero: one attempt. Default 5 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.sqlite.control-log</c>.</param>
    /// <param name="path">The file.</param>
    public static SqliteControlLogOptions FromConfig(Config config, string path)
    {
        var defaults = new SqliteControlLogOptions { Path = path };
        return defaults with
        {
            BusyTimeout = config.GetTimeSpan("busy-timeout", defaults.BusyTimeout),
            CallTimeout = config.GetTimeSpan("call-timeout", defaults.CallTimeout),
            OpenTimeout = config.GetTimeSpan("open-timeout", defaults.OpenTimeout),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public SqliteControlLogOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence.sqlite.control-log")
            .Require(!string.IsNullOrWhiteSpace(Path), "path: names no file")
            .Require(BusyTimeout >= TimeSpan.FromMilliseconds(10), "busy-timeout: below 10 ms two nodes refuse each other")
            .Require(BusyTimeout <= TimeSpan.FromSeconds(10), "busy-timeout: above 10 s a foreign lock looks like a dead disk")
            .Require(CallTimeout >= BusyTimeout, "call-timeout: below busy-timeout a call is given up while it still waits")
            .Require(OpenTimeout >= TimeSpan.Zero, "open-timeout: must not be negative")
            .ThrowIfAny();
        return this;
    }
}
