using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>Settings of one unit type. Immutable; the <c>With</c> methods return changed copies.</summary>
public sealed record ClusterShardingSettings
{
    private ClusterShardingSettings(ShardingOptions options) =>
        (Options, PassivateIdleEntityAfter) = (options, options.PassivateIdleAfter);

    /// <summary>Only nodes with this role run units of the type; on others the region is a proxy. Null: all nodes.</summary>
    public string? Role { get; private init; }

    /// <summary>Idle time after which a unit is passivated; zero switches it off.</summary>
    public TimeSpan PassivateIdleEntityAfter { get; private init; }

    /// <summary>Bounds and waits.</summary>
    public ShardingOptions Options { get; }

    /// <summary>The settings a system was started with.</summary>
    public static ClusterShardingSettings Create(ActorSystem system) => new(ShardingSetup.Of(system).Options);

    /// <summary>For nodes with this role only; null for all.</summary>
    public ClusterShardingSettings WithRole(string? role) => this with { Role = role };

    /// <summary>With another idle time; zero switches passivation off.</summary>
    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        return this with { PassivateIdleEntityAfter = duration };
    }
}
