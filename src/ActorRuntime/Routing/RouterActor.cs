using ActorRuntime.Actor;

namespace ActorRuntime.Routing;

/// <summary>The actor of a router: answers questions about it, changes its routees, supervises those of a pool. Messages for routees do not pass it.</summary>
internal sealed class RouterActor : UntypedActor
{
    private readonly RoutedActorRef _router;

    public RouterActor() => _router = (RoutedActorRef)Self;

    // A restart is that of the pool: the routees stay and are restarted with it.
    protected override void PreRestart(Exception reason, object? message)
    {
    }

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteesReady:
                Watch(_router.Routees.OfType<ActorRefRoutee>().Select(routee => routee.Actor));
                _router.Config.OnStarted(Context, _router.RouteeProps);
                break;
            case GetRoutees:
                Sender.Tell(new Routees(_router.Routees), Self);
                break;
            case AddRoutee { Routee: var routee }:
                if (_router.Add(routee) && routee is ActorRefRoutee added) Context.Watch(added.Actor);
                break;
            case RemoveRoutee { Routee: var routee }:
                if (_router.Remove(routee, stopChild: true) && routee is ActorRefRoutee removed) Context.Unwatch(removed.Actor);
                StopWithoutRoutees();
                break;
            case Terminated terminated:
                _router.Remove(new ActorRefRoutee(terminated.ActorRef), stopChild: false);
                StopWithoutRoutees();
                break;
            case AdjustPoolSize adjust when _router.Config is Pool:
                Watch(_router.Adjust(adjust.Change));
                StopWithoutRoutees();
                break;
            case Resize:
                Watch(_router.Resize());
                break;
            case RouterManagementMessage:
                Unhandled(message);
                break;
            default:
                _router.RouteLate(message, Sender);
                break;
        }
    }

    private static void Watch(IEnumerable<IActorRef> actors)
    {
        foreach (var actor in actors) Context.Watch(actor);
    }

    private void StopWithoutRoutees()
    {
        if (!_router.Routees.Any() && _router.Config.StopRouterWhenAllRouteesRemoved) Context.Stop(Self);
    }
}
