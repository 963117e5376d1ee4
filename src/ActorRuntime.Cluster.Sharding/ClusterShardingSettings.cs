using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Settings of one unit type. Immutable; the <c>With</c> methods return changed copies.</summary>
public sealed record ClusterShardingSettings
{
    private ClusterShardingSettings(ShardingOptions options)
    {
        (Options, PassivateIdleEntityAfter, PassivationStrategy, ActiveEntityLimit, RememberEntities, Durability) =
            (options, options.PassivateIdleAfter, options.Passivation, options.ActiveUnitLimit, options.RememberEntities, options.Durability);
        if (options.UnitFailure != Directive.Restart) SupervisorStrategy = new OneForOneStrategy(_ => options.UnitFailure);
    }

    /// <summary>Only nodes with this role run units of the type; on others the region is a proxy. Null: all nodes.</summary>
    public string? Role { get; private init; }

    /// <summary>Idle time after which a unit is passivated; zero switches it off.</summary>
    public TimeSpan PassivateIdleEntityAfter { get; private init; }

    /// <summary>Which units are passivated without having asked; none while <see cref="RememberEntities"/> is on.</summary>
    public ShardingPassivation PassivationStrategy { get; private init; }

    /// <summary>Active units on one node with <see cref="ShardingPassivation.LeastRecentlyUsed"/>.</summary>
    public int ActiveEntityLimit { get; private init; }

    /// <summary>Units are recorded in the journal under their shard's term before they start, and start again wherever the shard opens,
    /// until they ask to be passivated.</summary>
    public bool RememberEntities { get; private init; }

    /// <summary>Where the events of the units go. The same on all nodes.</summary>
    public ShardDurability Durability { get; private init; }

    /// <summary>How shards supervise their units. A <see cref="Persistence.StatePersistentActor{TState}"/> that is resumed keeps its state without
    /// replay; one that is restarted replays, with replicated logs from the log on this node.</summary>
    public SupervisorStrategy SupervisorStrategy { get; private init; } = SupervisorStrategy.DefaultStrategy;

    /// <summary>Bounds and waits.</summary>
    public ShardingOptions Options { get; internal init; }

    /// <summary>The settings a system was started with.</summary>
    public static ClusterShardingSettings Create(ActorSystem system) => new(ShardingSetup.Of(system).Options);

    /// <summary>For nodes with this role only; null for all.</summary>
    public ClusterShardingSettings WithRole(string? role) => this with { Role = role };

    /// <summary>With or without remembering. The same on all nodes.</summary>
    public ClusterShardingSettings WithRememberEntities(bool rememberEntities) => this with { RememberEntities = rememberEntities };

    /// <summary>Where the events of the units go. The same on all nodes.</summary>
    public ClusterShardingSettings WithDurability(ShardDurability durability) => this with { Durability = durability };

    /// <summary>With another supervision of units.</summary>
    public ClusterShardingSettings WithSupervisorStrategy(SupervisorStrategy strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return this with { SupervisorStrategy = strategy };
    }

    /// <summary>No unit is passivated without having asked.</summary>
    public ClusterShardingSettings WithNoPassivation() => this with { PassivationStrategy = ShardingPassivation.Off };

    /// <summary>Units used longest ago are passivated as soon as a node has more active ones than <paramref name="activeEntityLimit"/>: 1 to
    /// 100,000,000.</summary>
    public ClusterShardingSettings WithLeastRecentlyUsedPassivation(int activeEntityLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(activeEntityLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(activeEntityLimit, 100_000_000);
        return this with { PassivationStrategy = ShardingPassivation.LeastRecentlyUsed, ActiveEntityLimit = activeEntityLimit };
    }

    /// <summary>Units idle for <paramref name="duration"/> are passivated; zero switches that off.</summary>
    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        return this with { PassivationStrategy = ShardingPassivation.Idle, PassivateIdleEntityAfter = duration };
    }
}
