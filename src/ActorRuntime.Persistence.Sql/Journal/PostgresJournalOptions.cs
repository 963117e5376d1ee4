using ActorRuntime.Configuration;
using ActorRuntime.Persistence.Sql.Postgres;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Sql.Journal;

/// <summary>Settings of journal and snapshots in PostgreSQL, read from <c>actor-runtime.persistence.postgres</c>.</summary>
public sealed record PostgresJournalOptions : SqlJournalOptions
{
    /// <summary>The server.</summary>
    public required PostgresOptions Server { get; init; }

    internal override TimeSpan AttemptTimeout => Server.CommandTimeout;

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence.postgres</c>.</param>
    public static PostgresJournalOptions FromConfig(Config config) =>
        (PostgresJournalOptions)new PostgresJournalOptions { Server = PostgresOptions.FromConfig(config) }.With(config);

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public PostgresJournalOptions Validated()
    {
        _ = Server.Validated();
        Check(new OptionErrors("actor-runtime.persistence.postgres"), "command-timeout").ThrowIfAny();
        return this;
    }
}
