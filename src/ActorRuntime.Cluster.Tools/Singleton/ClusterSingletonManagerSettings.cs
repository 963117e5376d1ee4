using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Settings of the manager of one singleton. Immutable; the <c>With</c> methods return changed copies.</summary>
public sealed record ClusterSingletonManagerSettings
{
    private ClusterSingletonManagerSettings(SingletonOptions options) =>
        (SingletonName, Role, HandOverRetryInterval, HandOffTimeout) =
        (options.SingletonName, options.Role, options.HandOverRetryInterval, options.HandOffTimeout);

    /// <summary>Name of the singleton below its manager; part of what proxies look for.</summary>
    public string SingletonName { get; private init; }

    /// <summary>Only nodes with this role run the singleton; null: all nodes.</summary>
    public string? Role { get; private init; }

    /// <summary>Accepted and without effect: when a successor may start is decided by lease and gate, not by a margin.</summary>
    public TimeSpan RemovalMargin { get; private init; }

    /// <inheritdoc cref="SingletonOptions.HandOverRetryInterval"/>
    public TimeSpan HandOverRetryInterval { get; private init; }

    /// <inheritdoc cref="SingletonOptions.HandOffTimeout"/>
    public TimeSpan HandOffTimeout { get; private init; }

    /// <summary>The settings in the configuration of a system.</summary>
    public static ClusterSingletonManagerSettings Create(ActorSystem system) => new(SingletonOptions.FromConfig(system.Settings.Config));

    public ClusterSingletonManagerSettings WithSingletonName(string singletonName)
    {
        if (!ActorPath.IsValidPathElement(singletonName)) throw new ArgumentException($"'{singletonName}' is no path element", nameof(singletonName));
        return this with { SingletonName = singletonName };
    }

    public ClusterSingletonManagerSettings WithRole(string? role) => this with { Role = role };

    /// <inheritdoc cref="RemovalMargin"/>
    public ClusterSingletonManagerSettings WithRemovalMargin(TimeSpan removalMargin) => this with { RemovalMargin = removalMargin };

    /// <param name="interval">10 ms to 1 min.</param>
    public ClusterSingletonManagerSettings WithHandOverRetryInterval(TimeSpan interval) => this with { HandOverRetryInterval = interval };

    /// <param name="timeout">0 to 10 min; 0 stops the singleton at once.</param>
    public ClusterSingletonManagerSettings WithHandOffTimeout(TimeSpan timeout) => this with { HandOffTimeout = timeout };

    internal ClusterShardingSettings ToSharding(ActorSystem system)
    {
        var sharding = ClusterShardingSettings.Create(system).WithRole(Role);
        var options = sharding.Options with { RetryAfter = HandOverRetryInterval, HandOffTimeout = HandOffTimeout };
        return sharding with { Options = options.Validated() };
    }
}
