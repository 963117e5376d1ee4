using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Makes proxies of a singleton that has a manager.</summary>
public static class ClusterSingletonProxy
{
    /// <summary>The section <c>actor-runtime.cluster.singleton-proxy</c> of the reference, at its full path.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default(SingletonOptions.ProxyPath);

    /// <summary>Props of a proxy: an actor that forwards every message to the singleton wherever it runs.</summary>
    /// <remarks>While no living node has the singleton's place, messages are held, the oldest is dropped when the buffer is full, and what is
    /// held is dropped when the proxy stops; dropped messages become dead letters and are counted.</remarks>
    /// <param name="singletonManagerPath">Path of the managers without address, for example <c>/user/consumer</c>.</param>
    public static Props Props(string singletonManagerPath, ClusterSingletonProxySettings settings)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(singletonManagerPath);
        ArgumentNullException.ThrowIfNull(settings);
        var type = SingletonType.NameOf(singletonManagerPath, settings.SingletonName);
        return Actor.Props.CreateBy(() => new SingletonProxyActor(type, settings));
    }
}
