using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;

namespace ActorRuntime.Routing;

/// <summary>Reference to a router: messages go from the sender's thread straight to a routee; only what concerns the router itself enters its mailbox.</summary>
/// <remarks>
/// The routees are made by whoever made the router, so that none of the messages sent afterwards misses them. From then on the set changes on the router's
/// turn only. What is sent before they are all there, by somebody who found the router by its path, waits in the mailbox.
/// </remarks>
internal sealed class RoutedActorRef : LocalActorRef
{
    /// <summary>Time for messages on their way to a routee that was taken off, before it is told to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly Lock _changing = new();
    private readonly RouterConfig _config;
    private readonly Props _routeeProps;
    private readonly Resizer? _resizer;
    private volatile Router? _router;
    private long _messages;
    private int _isResizing;

    private RoutedActorRef(
        ActorSystemImpl system, RouterConfig config, Props props, Props routeeProps, MessageDispatcher dispatcher, Mailbox mailbox, IInternalActorRef parent,
        ActorPath path)
        : base(system, props, dispatcher, mailbox, parent, path) =>
        (_config, _routeeProps, _resizer) = (config, routeeProps, (config as Pool)?.Resizer);

    public RouterConfig Config => _config;

    public Props RouteeProps => _routeeProps;

    public IEnumerable<Routee> Routees => _router?.Routees ?? [];

    /// <summary>A router over actors of <paramref name="routeeProps"/>.</summary>
    /// <exception cref="ConfigurationException">It was left to the configuration, which has none for this path.</exception>
    public static RoutedActorRef Create(ActorSystemImpl system, RouterConfig config, Props routeeProps, IInternalActorRef parent, ActorPath path)
    {
        var deployment = "actor-runtime.actor.deployment.\"/" + string.Join('/', path.Elements.Skip(1)) + '"';
        if (config is FromConfig) throw new ConfigurationException($"No router is configured for {path}: add {deployment} {{ router = ... }}");
        var props = Props.Create<RouterActor>().WithSupervisorStrategy((config as Pool)?.SupervisorStrategy);
        if (config.RouterDispatcher != Dispatchers.DefaultDispatcherId) props = props.WithDispatcher(config.RouterDispatcher);
        if (config is Pool { UsePoolDispatcher: true } && routeeProps.Dispatcher is null) routeeProps = routeeProps.WithDispatcher(deployment + ".pool-dispatcher");
        var dispatcher = system.Dispatchers.For(props);
        return new RoutedActorRef(system, config, props, routeeProps, dispatcher, system.Mailboxes.For(props, dispatcher), parent, path);
    }

    internal override void Start()
    {
        base.Start();
        try
        {
            lock (_changing) _router = StartRouter();
        }
        catch
        {
            // A router without all of its routees is none; what was made of it ends, and the caller learns why.
            Cell.SystemImpl.Stop(this);
            throw;
        }

        base.TellInternal(RouteesReady.Instance, this);
    }

    /// <summary>On the router's turn. The routees added, of those that were new.</summary>
    public bool Add(Routee routee)
    {
        lock (_changing)
        {
            var before = _router!;
            _router = before.AddRoutee(routee);
            return !ReferenceEquals(before, _router);
        }
    }

    /// <summary>On the router's turn. Takes a routee off; false when it is none.</summary>
    /// <param name="routee">The routee.</param>
    /// <param name="stopChild">Whether it ends, too, if it is the router's own.</param>
    public bool Remove(Routee routee, bool stopChild)
    {
        lock (_changing)
        {
            var before = _router!;
            _router = before.RemoveRoutee(routee);
            if (ReferenceEquals(before, _router)) return false;
        }

        if (stopChild && routee is ActorRefRoutee { Actor: var actor } && actor.Equals(Cell.GetSingleChild(actor.Path.Name)))
        {
            Cell.System.Scheduler.ScheduleTellOnce(Grace, actor, PoisonPill.Instance, this);
        }

        return true;
    }

    /// <summary>On the router's turn. Makes a pool larger or smaller.</summary>
    /// <returns>The routees added, for the router to watch.</returns>
    public IReadOnlyList<IActorRef> Adjust(int change)
    {
        if (change >= 0)
        {
            var added = new List<IActorRef>();
            for (var i = 0; i < change; i++)
            {
                var child = NewRoutee();
                added.Add(child.Actor);
                Add(child);
            }

            return added;
        }

        foreach (var routee in _router!.Routees.Reverse().Take(-change).ToArray()) Remove(routee, stopChild: true);
        return [];
    }

    /// <summary>On the router's turn. Asks the resizer.</summary>
    public IReadOnlyList<IActorRef> Resize()
    {
        try
        {
            return Adjust(_resizer!.Resize(_router!.Routees));
        }
        finally
        {
            Volatile.Write(ref _isResizing, 0);
        }
    }

    /// <summary>Sends on what reached the router before its routees were there.</summary>
    public void RouteLate(object message, IActorRef? sender)
    {
        if (!_router!.TryRoute(message, sender)) Lose(message, sender);
    }

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is null or IAutoReceivedMessage or RouterManagementMessage || _router is not { } router || IsTerminated)
        {
            base.TellInternal(message, sender);
            return;
        }

        if (_resizer is not null) CountMessage(_resizer);
        if (!router.TryRoute(message, sender)) Lose(message, sender);
    }

    private void Lose(object message, IActorRef? sender) => Cell.SystemImpl.DeadLetterRef.Publish(Router.Unwrapped(message), sender, this);

    private void CountMessage(Resizer resizer)
    {
        if (!resizer.IsTimeForResize(Interlocked.Increment(ref _messages))) return;
        if (Interlocked.Exchange(ref _isResizing, 1) == 0) base.TellInternal(Routing.Resize.Instance, this);
    }

    private Router StartRouter()
    {
        var router = _config.CreateRouter(Cell.System);
        switch (_config)
        {
            case Pool pool:
                router = WithNewRoutees(router, pool.NrOfInstances);
                if (_resizer?.IsTimeForResize(0) == true) router = WithNewRoutees(router, _resizer.Resize(router.Routees));
                break;
            case Group group:
                router = router.WithRoutees([.. group.Paths.Select(path => new ActorSelectionRoutee(Cell.System.ActorSelection(path)))]);
                break;
        }

        return router;
    }

    private Router WithNewRoutees(Router router, int count)
    {
        var routees = router.Routees.ToList();
        for (var i = 0; i < count; i++) routees.Add(NewRoutee());
        return router.WithRoutees([.. routees]);
    }

    private ActorRefRoutee NewRoutee() => new(Cell.CreateChild(_routeeProps, null, systemService: false));
}
