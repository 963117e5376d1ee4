using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Actors of which the cluster runs one at a time, reachable from everywhere. Any thread.</summary>
public sealed class ClusterSingleton : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly ClusterSharding _sharding;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IActorRef> _proxies = new(StringComparer.Ordinal);

    private ClusterSingleton(ExtendedActorSystem system) => (_system, _sharding) = (system, ClusterSharding.Get(system));

    /// <summary>The singletons of a system.</summary>
    public static ClusterSingleton Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>Lets this node run the singleton, if it has the role of the settings, and makes it reachable from it. On all nodes.</summary>
    /// <remarks>
    /// The singleton is placed by the control log and runs under that entry's term; it stays there until its node leaves or is lost, and is
    /// started again when it ends. A successor starts after the node before is known to serve no more: it said that its instance has
    /// stopped, or its lease has run out. A persistent singleton writes behind the term's fence.
    /// </remarks>
    /// <returns>The proxy: forwards to the singleton wherever it runs, and holds messages while it runs nowhere.</returns>
    public IActorRef Init(SingletonActor singleton)
    {
        ArgumentNullException.ThrowIfNull(singleton);
        var settings = singleton.Settings ?? ClusterSingletonSettings.Create(_system);
        var type = SingletonType.NameOf(singleton.Name);
        lock (_lock)
        {
            if (_proxies.TryGetValue(type, out var proxy)) return proxy;
            _sharding.Start(SingletonType.Of(type, singleton.Props, singleton.StopMessage, settings.Manager.ToSharding(_system)));
            proxy = _system.SystemActorOf(
                Props.CreateBy(() => new SingletonProxyActor(type, settings.Proxy)), "singletonProxy-" + Uri.EscapeDataString(singleton.Name));
            _proxies.Add(type, proxy);
            return proxy;
        }
    }

    private sealed class Provider : ExtensionIdProvider<ClusterSingleton>
    {
        public override ClusterSingleton CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
