using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Settings of a singleton started by <see cref="ClusterSingleton.Init"/>: its own and its proxy's. Immutable.</summary>
public sealed record ClusterSingletonSettings
{
    private ClusterSingletonSettings(ClusterSingletonManagerSettings manager, ClusterSingletonProxySettings proxy) => (Manager, Proxy) = (manager, proxy);

    /// <summary>Only nodes with this role run the singleton, the others send to it; null: all nodes.</summary>
    public string? Role => Manager.Role;

    internal ClusterSingletonManagerSettings Manager { get; private init; }

    internal ClusterSingletonProxySettings Proxy { get; private init; }

    /// <summary>The settings in the configuration of a system.</summary>
    public static ClusterSingletonSettings Create(ActorSystem system) =>
        new(ClusterSingletonManagerSettings.Create(system), ClusterSingletonProxySettings.Create(system));

    public ClusterSingletonSettings WithRole(string? role) => this with { Manager = Manager.WithRole(role), Proxy = Proxy.WithRole(role) };

    /// <inheritdoc cref="ClusterSingletonProxySettings.WithBufferSize"/>
    public ClusterSingletonSettings WithBufferSize(int bufferSize) => this with { Proxy = Proxy.WithBufferSize(bufferSize) };

    /// <inheritdoc cref="ClusterSingletonManagerSettings.WithHandOffTimeout"/>
    public ClusterSingletonSettings WithHandOffTimeout(TimeSpan timeout) => this with { Manager = Manager.WithHandOffTimeout(timeout) };

    /// <inheritdoc cref="ClusterSingletonManagerSettings.WithHandOverRetryInterval"/>
    public ClusterSingletonSettings WithHandOverRetryInterval(TimeSpan interval) => this with { Manager = Manager.WithHandOverRetryInterval(interval) };
}
