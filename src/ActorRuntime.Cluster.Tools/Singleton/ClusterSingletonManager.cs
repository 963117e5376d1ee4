using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding;
using ActorRuntime.Configuration;

namespace ActorRuntime.Cluster.Tools.Singleton;

/// <summary>Makes the manager of a singleton: an actor to be started on every node that may run it, everywhere at the same path.</summary>
public static class ClusterSingletonManager
{
    /// <summary>The section <c>actor-runtime.cluster.singleton</c> of the reference, at its full path.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default(SingletonOptions.ManagerPath);

    /// <summary>Props of a manager.</summary>
    /// <remarks>
    /// The manager's path names the singleton, also for proxies; the singleton itself lives in a region of its own below <c>/system</c>,
    /// because its place is decided like a shard's. It is supervised there and started again when it ends. A node gives the singleton up by
    /// leaving the cluster or being lost; that its manager is stopped is no reason for it.
    /// </remarks>
    /// <param name="singletonProps">Of the singleton.</param>
    /// <param name="terminationMessage">Sent to the singleton when it has to move; it then stops itself, or is stopped after
    /// <see cref="ClusterSingletonManagerSettings.HandOffTimeout"/>.</param>
    public static Props Props(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(singletonProps);
        ArgumentNullException.ThrowIfNull(terminationMessage);
        ArgumentNullException.ThrowIfNull(settings);
        return Actor.Props.CreateBy(() => new SingletonManagerActor(singletonProps, terminationMessage, settings));
    }

    /// <summary>Lets its node run the singleton.</summary>
    private sealed class SingletonManagerActor(Props singletonProps, object terminationMessage, ClusterSingletonManagerSettings settings)
        : UntypedActor
    {
        protected override void PreStart()
        {
            var type = SingletonType.NameOf(Self.Path.ToStringWithoutAddress(), settings.SingletonName);
            var sharding = settings.ToSharding(Context.System);
            ClusterSharding.Get(Context.System).Start(SingletonType.Of(type, singletonProps, terminationMessage, sharding));
        }

        protected override void OnReceive(object message) => Unhandled(message);
    }
}
