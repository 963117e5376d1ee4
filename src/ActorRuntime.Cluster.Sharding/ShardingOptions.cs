using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Settings of sharding, read from <c>actor-runtime.cluster.sharding</c>.</summary>
public sealed record ShardingOptions
{
    private const string Path = "actor-runtime.cluster.sharding";

    /// <summary>Idle time after which a unit is passivated; zero switches it off. 0 to 30 days, default 2 min (as Akka.NET).</summary>
    public TimeSpan PassivateIdleAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Messages that may wait in one region for placements, views and moves, and as many again in each shard for the lease and for
    /// passivating units; more become dead letters. 1 to 10,000,000, default 100,000 (as Akka.NET).</summary>
    public int BufferSize { get; init; } = 100_000;

    /// <summary>How long messages wait at most for earlier ones after a move. 0 to 1 min, default 1 s; 0 gives up their order.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two attempts to say that this node hosts a type, to raise a fence, and to start a unit that must always run
    /// again. 10 ms to 1 min, default 500 ms.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Defaults of flows.</summary>
    public FlowSettings Flow { get; init; } = new();

    /// <summary>Reads the settings.</summary>
    /// <param name="config">The whole configuration.</param>
    /// <exception cref="ConfigurationException">A value has the wrong type.</exception>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public static ShardingOptions FromConfig(Config config)
    {
        var section = config.GetConfig(Path);
        var defaults = new ShardingOptions();
        return new ShardingOptions
        {
            PassivateIdleAfter = section.GetTimeSpan("passivate-idle-after", defaults.PassivateIdleAfter),
            BufferSize = section.GetInt("buffer-size", defaults.BufferSize),
            DrainTimeout = section.GetTimeSpan("drain-timeout", defaults.DrainTimeout),
            RetryAfter = section.GetTimeSpan("retry-after", defaults.RetryAfter),
            Flow = FlowSettings.FromConfig(section.GetConfig("flow")),
        }.Validated();
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule, not only the first.</exception>
    public ShardingOptions Validated()
    {
        new OptionErrors(Path)
            .Require(PassivateIdleAfter >= TimeSpan.Zero && PassivateIdleAfter <= TimeSpan.FromDays(30), "passivate-idle-after: must be 0 (off) to 30 days")
            .Require(BufferSize is >= 1 and <= 10_000_000, "buffer-size: must be 1 to 10000000")
            .Require(DrainTimeout >= TimeSpan.Zero && DrainTimeout <= TimeSpan.FromMinutes(1), "drain-timeout: must be 0 to 1 min")
            .Require(
                RetryAfter >= TimeSpan.FromMilliseconds(10) && RetryAfter <= TimeSpan.FromMinutes(1), "retry-after: must be 10 ms to 1 min")
            .ThrowIfAny();
        Flow.Validated();
        return this;
    }
}
