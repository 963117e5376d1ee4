using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Settings of a proxy. Immutable; the <c>With</c> methods return changed copies.</summary>
public sealed record ClusterSingletonProxySettings
{
    private ClusterSingletonProxySettings(SingletonOptions options) =>
        (SingletonName, Role, BufferSize, SingletonIdentificationInterval) =
        (options.SingletonName, options.Role, options.BufferSize, options.SingletonIdentificationInterval);

    /// <summary>Name of the singleton below its manager.</summary>
    public string SingletonName { get; private init; }

    /// <summary>Role of the nodes that run the singleton; information only, the view knows.</summary>
    public string? Role { get; private init; }

    /// <inheritdoc cref="SingletonOptions.BufferSize"/>
    public int BufferSize { get; private init; }

    /// <inheritdoc cref="SingletonOptions.SingletonIdentificationInterval"/>
    public TimeSpan SingletonIdentificationInterval { get; private init; }

    /// <summary>The settings in the configuration of a system.</summary>
    public static ClusterSingletonProxySettings Create(ActorSystem system) => new(SingletonOptions.FromConfig(system.Settings.Config));

    public ClusterSingletonProxySettings WithSingletonName(string singletonName) => this with { SingletonName = singletonName };

    public ClusterSingletonProxySettings WithRole(string? role) => this with { Role = role };

    /// <param name="bufferSize">0 (hold nothing) to 1,000,000.</param>
    public ClusterSingletonProxySettings WithBufferSize(int bufferSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bufferSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bufferSize, SingletonOptions.BufferSizeMax);
        return this with { BufferSize = bufferSize };
    }

    /// <param name="interval">10 ms to 1 min.</param>
    public ClusterSingletonProxySettings WithSingletonIdentificationInterval(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, TimeSpan.FromMinutes(1));
        return this with { SingletonIdentificationInterval = interval };
    }
}
