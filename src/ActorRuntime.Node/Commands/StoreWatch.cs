using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;

namespace ActorRuntime.Node.Commands;

/// <summary>What this node last learned about the store of the control log, for <c>cluster status</c>. Any thread reads.</summary>
internal sealed class StoreWatch
{
    private volatile string _store = "answers";

    /// <summary>Whether the store answers, and if not what it said.</summary>
    public string Store => _store;

    /// <summary>Follows the events of a system until that ends.</summary>
    public static StoreWatch Follow(ExtendedActorSystem system)
    {
        var watch = new StoreWatch();
        system.SystemActorOf(Props.CreateBy(() => new StoreWatchActor(watch)), "store-watch");
        return watch;
    }

    private sealed class StoreWatchActor : ReceiveActor
    {
        public StoreWatchActor(StoreWatch watch)
        {
            Receive<StoreReachabilityChanged>(changed =>
                watch._store = changed.IsReachable ? "answers" : $"does not answer: {changed.Detail}");
        }

        protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(StoreReachabilityChanged));
    }
}
