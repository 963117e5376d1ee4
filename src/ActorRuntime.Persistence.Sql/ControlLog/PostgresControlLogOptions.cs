using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Sql.Postgres;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.ControlLog;

/// <summary>Settings of the control log in PostgreSQL, read from <c>actor-runtime.persistence.postgres</c>.</summary>
public sealed record PostgresControlLogOptions
{
    /// <summary>The server, with the time-out that counts here: <c>control-log.command-timeout</c>, default 1 s, so that a witness renewal
    /// that meets a lock fails in time to try again.</summary>
    public required PostgresOptions Server { get; init; }

    /// <summary>How long a caller waits for its turn and the answer. At least the command time-out, default 3 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long opening insists while the server does not answer. Zero: one attempt. Default 5 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.postgres</c>.</param>
    public static PostgresControlLogOptions FromConfig(Config config)
    {
        var log = config.GetConfig("control-log");
        var server = PostgresOptions.FromConfig(config) with { CommandTimeout = log.GetTimeSpan("command-timeout", TimeSpan.FromSeconds(1)) };
        var defaults = new PostgresControlLogOptions { Server = server };
        return defaults with
        {
            CallTimeout = log.GetTimeSpan("call-timeout", defaults.CallTimeout),
            OpenTimeout = log.GetTimeSpan("open-timeout", defaults.OpenTimeout),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public PostgresControlLogOptions Validated()
    {
        _ = Server.Validated();
        new OptionErrors("actor-runtime.persistence.postgres.control-log")
            .Require(CallTimeout >= Server.CommandTimeout, "call-timeout: below command-timeout a call is given up while it still waits")
            .Require(OpenTimeout >= TimeSpan.Zero, "open-timeout: must not be negative")
            .ThrowIfAny();
        return this;
    }
}
