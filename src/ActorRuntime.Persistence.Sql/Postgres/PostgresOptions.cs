using System.Text.RegularExpressions;
using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Npgsql;

namespace ActorRuntime.Persistence.Sql.Postgres;

/// <summary>Where the PostgreSQL server is and how patiently it is asked, read from <c>actor-runtime.persistence.postgres</c>.</summary>
public sealed partial record PostgresOptions
{
    /// <summary>Every statement finds rows by keys, so one plan is right for all times: also one that is made while a table is empty, and one that
    /// does not know how long an array is. Planning anew, or compiling, takes longer than the statement.</summary>
    private const string Planning = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off";

    /// <summary>Npgsql's connection string. Several hosts (<c>Host=db1,db2</c>) may be named: the one that takes writes is used.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The user's password, so that it need not stand in the connection string. Empty: none, or what stands there.</summary>
    public string Password { get; init; } = "";

    /// <summary>Schema of the tables; made if it is not there. One cluster, one schema. Default <c>actor_runtime</c>.</summary>
    public string Schema { get; init; } = "actor_runtime";

    /// <summary>How long one host has to answer a connection attempt. 1 s to 1 min, in whole seconds; default 2 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the server may work on, or wait for, one statement. 100 ms to 1 min, default 3 s; the connection of a server that
    /// says nothing is given up a second later.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Hosts and database: how messages and logs call the store. Never user or password.</summary>
    public string Name
    {
        get
        {
            var settings = Parse();
            return settings is null ? "PostgreSQL" : $"PostgreSQL {settings.Host}:{settings.Port}/{settings.Database ?? settings.Username} ({Schema})";
        }
    }

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.postgres</c>.</param>
    public static PostgresOptions FromConfig(Config config)
    {
        var defaults = new PostgresOptions { ConnectionString = config.GetString("connection-string", "") };
        return defaults with
        {
            Password = config.GetString("password", defaults.Password),
            Schema = config.GetString("schema", defaults.Schema),
            ConnectTimeout = config.GetTimeSpan("connect-timeout", defaults.ConnectTimeout),
            CommandTimeout = config.GetTimeSpan("command-timeout", defaults.CommandTimeout),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public PostgresOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence.postgres")
            .Require(Parse() is { Host.Length: > 0 }, "connection-string: names no host, or is not one; as in \"Host=db1;Database=app;Username=app\"")
            .Require(SchemaName().IsMatch(Schema), "schema: lower-case letters, digits and _ only, a letter first, 50 at most")
            .Require(
                ConnectTimeout >= TimeSpan.FromSeconds(1) && ConnectTimeout <= TimeSpan.FromMinutes(1) && ConnectTimeout.Ticks % TimeSpan.TicksPerSecond == 0,
                "connect-timeout: outside of 1 s to 1 min, or no whole seconds")
            .Require(
                CommandTimeout >= TimeSpan.FromMilliseconds(100) && CommandTimeout <= TimeSpan.FromMinutes(1), "command-timeout: outside of 100 ms to 1 min")
            .ThrowIfAny();
        return this;
    }

    /// <summary>The name alone: a log must not show the password.</summary>
    public override string ToString() => Name;

    /// <summary>What Npgsql is given: our sessions are few and long-lived, and their settings are not the user's to loosen.</summary>
    internal string ToConnectionString()
    {
        var settings = Parse()!;
        if (Password.Length > 0) settings.Password = Password;
        var timeout = (long)CommandTimeout.TotalMilliseconds;
        settings.Options =
            $"{settings.Options} -c search_path={Schema} -c statement_timeout={timeout} -c idle_in_transaction_session_timeout={timeout} ".TrimStart() +
            Planning;
        settings.Pooling = false;
        settings.Enlist = false;
        settings.Timeout = (int)ConnectTimeout.TotalSeconds;
        settings.CommandTimeout = (int)Math.Ceiling(CommandTimeout.TotalSeconds) + 1; // The server's own verdict comes first.
        settings.CancellationTimeout = -1; // Who did not answer in time is not asked to answer a cancellation either.
        settings.HostRecheckSeconds = 0; // Whether a host takes writes is asked anew each time.
        settings.MaxAutoPrepare = 64;
        settings.AutoPrepareMinUsages = 2;
        settings.ApplicationName ??= "actor-runtime";
        return settings.ConnectionString;
    }

    private NpgsqlConnectionStringBuilder? Parse()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(ConnectionString) { TargetSessionAttributes = null };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or NotSupportedException)
        {
            return null;
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,49}$")]
    private static partial Regex SchemaName();
}
