using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence;

/// <summary>Settings of persistent actors, read from <c>actor-runtime.persistence</c>.</summary>
public sealed record PersistenceOptions
{
    /// <summary>Actors that recover at the same time; the others wait. Writes never wait for recoveries. 1 to 100,000, default 50.</summary>
    public int RecoveriesMax { get; init; } = 50;

    /// <summary>Silence of the store after which a recovery fails. At least 100 ms, default 30 s.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Last resort for a store that does not keep its own time-out: after this silence an actor that waits for its events fails, and
    /// a save of a snapshot or a deletion counts as failed. At least 100 ms, default 30 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most operations of one actor that are written together. 1 to 100,000, default 1,000.</summary>
    public int AppendOperationsMax { get; init; } = 1_000;

    /// <summary>Operations of <c>PersistAsync</c> that wait for the log before the actor takes no more commands. Default 10,000.</summary>
    public int WaitingOperationsMax { get; init; } = 10_000;

    /// <summary>Defaults of actors with at-least-once delivery.</summary>
    public PersistenceSettings.AtLeastOnceDeliverySettings AtLeastOnceDelivery { get; init; } = new();

    /// <summary>Bounds of the sessions of one actor.</summary>
    public SessionOptions Sessions { get; init; } = new();

    /// <summary>How often a live query looks for new events. 1 ms to 1 h, default 100 ms.</summary>
    public TimeSpan QueryRefreshInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Events a query reads in one go. 1 to 100,000, default 500.</summary>
    public int QueryPageEvents { get; init; } = 500;

    /// <summary>Reads the settings; what is not there keeps its default.</summary>
    /// <param name="config">The section <c>actor-runtime.persistence</c>.</param>
    public static PersistenceOptions FromConfig(Config config)
    {
        var defaults = new PersistenceOptions();
        return new PersistenceOptions
        {
            RecoveriesMax = config.GetInt("recoveries-max", defaults.RecoveriesMax),
            RecoveryTimeout = config.GetTimeSpan("recovery-timeout", defaults.RecoveryTimeout),
            WriteTimeout = config.GetTimeSpan("write-timeout", defaults.WriteTimeout),
            AppendOperationsMax = config.GetInt("append-operations-max", defaults.AppendOperationsMax),
            WaitingOperationsMax = config.GetInt("waiting-operations-max", defaults.WaitingOperationsMax),
            AtLeastOnceDelivery = PersistenceSettings.AtLeastOnceDeliverySettings.FromConfig(
                config, "at-least-once-delivery", defaults.AtLeastOnceDelivery),
            Sessions = SessionOptions.FromConfig(config, "sessions", defaults.Sessions),
            QueryRefreshInterval = config.GetTimeSpan("query.refresh-interval", defaults.QueryRefreshInterval),
            QueryPageEvents = config.GetInt("query.page-events", defaults.QueryPageEvents),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public PersistenceOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence")
            .Require(RecoveriesMax is >= 1 and <= 100_000, "recoveries-max: outside of 1 to 100,000")
            .Require(RecoveryTimeout >= TimeSpan.FromMilliseconds(100), "recovery-timeout: below 100 ms a healthy disk is given up")
            .Require(WriteTimeout >= TimeSpan.FromMilliseconds(100), "write-timeout: below 100 ms a healthy disk is given up")
            .Require(AppendOperationsMax is >= 1 and <= 100_000, "append-operations-max: outside of 1 to 100,000")
            .Require(WaitingOperationsMax >= 1, "waiting-operations-max: at least 1")
            .Require(QueryRefreshInterval >= TimeSpan.FromMilliseconds(1), "query.refresh-interval: below 1 ms a query keeps a core busy")
            .Require(QueryRefreshInterval <= TimeSpan.FromHours(1), "query.refresh-interval: above 1 h a query looks stuck")
            .Require(QueryPageEvents is >= 1 and <= 100_000, "query.page-events: outside of 1 to 100,000")
            .ThrowIfAny();
        AtLeastOnceDelivery.Validated();
        Sessions.Validated();
        return this;
    }
}
