using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>The cluster layer as the <see cref="Cluster"/> extension offers it.</summary>
internal sealed class ClusterAccess(Cluster cluster, ExtendedActorSystem system) : IClusterAccess
{
    private readonly IActorRef _watch = system.SystemActorOf(Props.CreateBy(() => new WatchActor(cluster)), "sharding-cluster-watch");

    public NodeKey Self => cluster.SelfKey;

    public IReadOnlyCollection<string> Roles => cluster.SelfRoles;

    public ClusterView View => cluster.View;

    public IMuteSwitch Mute => cluster.MuteSwitch;

    public ITakeoverGate Gate => cluster.TakeoverGate;

    public void Subscribe(IActorRef subscriber) => _watch.Tell(new Subscription(subscriber), ActorRefs.NoSender);

    public Task<ProposalOutcome> ProposeAsync(Func<ClusterView, ControlChange?> decide, string why, CancellationToken cancellationToken) =>
        cluster.ProposeAsync(view => decide(view) is { } change ? [change] : null, why, cancellationToken);

    public void HandedOver(string type, long version) => cluster.HandedOver(type, version);

    // A proposal of nothing reads the log to its head; its outcome is of no interest.
    public void Pull(long version)
    {
        if (version > cluster.View.Version) _ = cluster.ProposeAsync(static _ => null, "read").ContinueWith(
            static read => read.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private sealed record Subscription(IActorRef Subscriber);

    private sealed class LookAgain
    {
        public static LookAgain Instance { get; } = new();
    }

    /// <summary>Turns the many events of the cluster layer into one.</summary>
    private sealed class WatchActor : ReceiveActor, IWithTimers
    {
        /// <summary>The switch is also shut without an event when the actor system ends, and a lease may run out before its event.</summary>
        private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

        private readonly List<IActorRef> _subscribers = [];
        private readonly Cluster _cluster;
        private bool _wasOpen;

        public WatchActor(Cluster cluster)
        {
            _cluster = cluster;
            Receive<Subscription>(OnSubscription);
            Receive<Terminated>(ended => _subscribers.Remove(ended.ActorRef));
            Receive<ViewChanged>(_ => Tell());
            Receive<SignalEvent>(_ => Tell());
            Receive<LookAgain>(_ =>
            {
                if (_wasOpen != _cluster.MuteSwitch.IsOpen) Tell();
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Context.System.EventStream.Subscribe(Self, typeof(ViewChanged));
            Context.System.EventStream.Subscribe(Self, typeof(SignalEvent));
            Timers.StartPeriodicTimer(nameof(LookAgain), LookAgain.Instance, LookEvery);
        }

        private void OnSubscription(Subscription subscription)
        {
            _subscribers.Add(Context.Watch(subscription.Subscriber));
            subscription.Subscriber.Tell(ClusterChanged.Instance);
        }

        private void Tell()
        {
            _wasOpen = _cluster.MuteSwitch.IsOpen;
            foreach (var subscriber in _subscribers) subscriber.Tell(ClusterChanged.Instance);
        }
    }
}
