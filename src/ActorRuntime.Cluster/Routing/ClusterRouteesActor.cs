using ActorRuntime.Actor;
using ActorRuntime.Cluster.View;
using ActorRuntime.Routing;

namespace ActorRuntime.Cluster.Routing;

/// <summary>Beside a router: adds and removes its routees as the view says; for a pool it also makes this node's share of them.</summary>
internal sealed class ClusterRouteesActor : ReceiveActor, IWithTimers
{
    /// <summary>Path element below the router.</summary>
    public const string Name = "cluster-routees";

    private static readonly TimeSpan MakeAgainAfter = TimeSpan.FromSeconds(1);

    private readonly ClusterRouterSettings _settings;
    private readonly IReadOnlyList<string> _paths;
    private readonly Props? _routeeProps;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly Dictionary<(NodeKey Node, int Index), ActorSelectionRoutee> _routees = []; // Looked up, and walked only to remove.
    private bool _isReady;

    /// <param name="routeeProps">Of a pool's routees; null for a group.</param>
    public ClusterRouteesActor(ClusterRouterSettings settings, IReadOnlyList<string> paths, Props? routeeProps)
    {
        (_settings, _paths, _routeeProps) = (settings, paths, routeeProps);
        Receive<Routees>(OnRoutees);
        Receive<ViewChanged>(_ => Follow());
        Receive<Terminated>(_ => Timers.StartSingleTimer(nameof(MakeAgain), MakeAgain.Instance, MakeAgainAfter));
        Receive<MakeAgain>(_ => Follow());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Path of a pool's routee.</summary>
    public static string PathOf(string router, int index) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{router}/{Name}/{index}");

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ViewChanged));
        Context.Parent.Tell(new GetRoutees());
    }

    /// <summary>After a restart the router still has those of before.</summary>
    private void OnRoutees(Routees before)
    {
        foreach (var routee in before.Members) Context.Parent.Tell(new RemoveRoutee(routee));
        _isReady = true;
        Follow();
    }

    private void Follow()
    {
        if (!_isReady) return;
        var (view, self) = (_cluster.View, _cluster.SelfKey);
        // The share that each node of a pool makes is the same for all routers; whether a router uses its own node's is its own affair.
        var isPool = _routeeProps is not null;
        var places = RouteePlaces.Of(view, _settings, except: isPool || _settings.AllowLocalRoutees ? null : self);
        if (isPool) Make(places.Count(place => place.Member.Key == self));

        var wanted = new HashSet<(NodeKey, int)>(); // Looked up only.
        foreach (var (member, index) in places)
        {
            if (member.Key == self && !_settings.AllowLocalRoutees) continue;
            wanted.Add((member.Key, index));
            if (_routees.ContainsKey((member.Key, index))) continue;
            var selection = Context.ActorSelection(member.Key == self ? _paths[index] : member.Address + _paths[index]);
            var routee = new ActorSelectionRoutee(selection);
            _routees.Add((member.Key, index), routee);
            Context.Parent.Tell(new AddRoutee(routee));
        }
        foreach (var (place, routee) in _routees.Where(pair => !wanted.Contains(pair.Key)).ToArray())
        {
            _routees.Remove(place);
            Context.Parent.Tell(new RemoveRoutee(routee));
        }
    }

    private void Make(int share)
    {
        for (var index = 0; index < _paths.Count; index++)
        {
            var name = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var child = Context.Child(name);
            if (index < share && child.IsNobody()) Context.Watch(Context.ActorOf(_routeeProps!, name));
            else if (index >= share && !child.IsNobody()) child.Tell(PoisonPill.Instance); // After what is on its way.
        }
    }

    private sealed class MakeAgain
    {
        public static MakeAgain Instance { get; } = new();
    }
}
