using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Settings of sharding, read from <c>actor-runtime.cluster.sharding</c>.</summary>
public sealed record ShardingOptions
{
    private const string Path = "actor-runtime.cluster.sharding";

    /// <summary>Idle time after which a unit is passivated; zero switches it off. 0 to 30 days, default 2 min (as Akka.NET).</summary>
    public TimeSpan PassivateIdleAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Which units are passivated without having asked. Default idle (as Akka.NET).</summary>
    public ShardingPassivation Passivation { get; init; } = ShardingPassivation.Idle;

    /// <summary>Active units of one type on one node with <see cref="ShardingPassivation.LeastRecentlyUsed"/>, shared equally by the shards
    /// it leads. 1 to 100,000,000, default 100,000 (as Akka.NET).</summary>
    public int ActiveUnitLimit { get; init; } = 100_000;

    /// <summary>Units that ran, and did not ask to be passivated, run again when their shard opens on another node. Default off (as
    /// Akka.NET).</summary>
    public bool RememberEntities { get; init; }

    /// <summary>Remembered units that one node starts in a second, all types together. 1 to 1,000,000, default 1,000.</summary>
    public int RememberedStartsPerSecond { get; init; } = 1_000;

    /// <summary>How long units whose shard moves away have for their stop message; then they are stopped. 0 to 10 min, default 2 s: below
    /// <c>leave-timeout</c>, so that a node that leaves in order ends in order; 0 stops them at once.</summary>
    public TimeSpan HandOffTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Messages that may wait in one region for placements, views and moves, and as many again in each shard for the lease and for
    /// passivating units; more become dead letters. 1 to 10,000,000, default 100,000 (as Akka.NET).</summary>
    public int BufferSize { get; init; } = 100_000;

    /// <summary>How long messages wait at most for earlier ones after a move. 0 to 1 min, default 1 s; 0 gives up their order.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two attempts to say that this node hosts a type, to raise a fence, and to start a unit that must always run
    /// again. 10 ms to 1 min, default 500 ms.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>What becomes of a unit that fails: restart, resume or stop. Default restart (as Akka.NET).</summary>
    public Directive UnitFailure { get; init; } = Directive.Restart;

    /// <summary>Where the events of units go. Default the journal.</summary>
    public ShardDurability Durability { get; init; } = ShardDurability.Journal;

    /// <summary>Replicated logs.</summary>
    public ReplicationOptions Replication { get; init; } = new();

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
            Passivation = PassivationFrom(section.GetString("passivation", "idle")),
            ActiveUnitLimit = section.GetInt("active-unit-limit", defaults.ActiveUnitLimit),
            RememberEntities = section.GetBoolean("remember-entities", defaults.RememberEntities),
            RememberedStartsPerSecond = section.GetInt("remembered-starts-per-second", defaults.RememberedStartsPerSecond),
            HandOffTimeout = section.GetTimeSpan("hand-off-timeout", defaults.HandOffTimeout),
            BufferSize = section.GetInt("buffer-size", defaults.BufferSize),
            DrainTimeout = section.GetTimeSpan("drain-timeout", defaults.DrainTimeout),
            RetryAfter = section.GetTimeSpan("retry-after", defaults.RetryAfter),
            UnitFailure = DirectiveFrom(section.GetString("unit-failure", "restart")),
            Durability = DurabilityFrom(section.GetString("durability", "journal")),
            Replication = ReplicationOptions.FromConfig(section.GetConfig("replication")),
            Flow = FlowSettings.FromConfig(section.GetConfig("flow")),
        }.Validated();
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule, not only the first.</exception>
    public ShardingOptions Validated()
    {
        new OptionErrors(Path)
            .Require(PassivateIdleAfter >= TimeSpan.Zero && PassivateIdleAfter <= TimeSpan.FromDays(30), "passivate-idle-after: must be 0 (off) to 30 days")
            .Require(Enum.IsDefined(Passivation), "passivation: must be idle, least-recently-used or off")
            .Require(UnitFailure is Directive.Restart or Directive.Resume or Directive.Stop, "unit-failure: must be restart, resume or stop")
            .Require(Enum.IsDefined(Durability), "durability: must be journal or replicated")
            .Require(ActiveUnitLimit is >= 1 and <= 100_000_000, "active-unit-limit: must be 1 to 100000000")
            .Require(RememberedStartsPerSecond is >= 1 and <= 1_000_000, "remembered-starts-per-second: must be 1 to 1000000")
            .Require(
                HandOffTimeout >= TimeSpan.Zero && HandOffTimeout <= TimeSpan.FromMinutes(10), "hand-off-timeout: must be 0 to 10 min")
            .Require(BufferSize is >= 1 and <= 10_000_000, "buffer-size: must be 1 to 10000000")
            .Require(DrainTimeout >= TimeSpan.Zero && DrainTimeout <= TimeSpan.FromMinutes(1), "drain-timeout: must be 0 to 1 min")
            .Require(
                RetryAfter >= TimeSpan.FromMilliseconds(10) && RetryAfter <= TimeSpan.FromMinutes(1), "retry-after: must be 10 ms to 1 min")
            .ThrowIfAny();
        Replication.Validated();
        Flow.Validated();
        return this;
    }

    private static Directive DirectiveFrom(string word) => word switch
    {
        "restart" => Directive.Restart,
        "resume" => Directive.Resume,
        "stop" => Directive.Stop,
        _ => (Directive)(-1),
    };

    private static ShardDurability DurabilityFrom(string word) => word switch
    {
        "journal" => ShardDurability.Journal,
        "replicated" => ShardDurability.Replicated,
        _ => (ShardDurability)(-1),
    };

    /// <summary>An unknown word is a broken rule like any other.</summary>
    private static ShardingPassivation PassivationFrom(string word) => word switch
    {
        "idle" => ShardingPassivation.Idle,
        "least-recently-used" => ShardingPassivation.LeastRecentlyUsed,
        "off" => ShardingPassivation.Off,
        _ => (ShardingPassivation)(-1),
    };
}
