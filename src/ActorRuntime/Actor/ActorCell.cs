using ActorRuntime.Dispatch;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>The runtime's side of one actor: survives restarts of the instance, handles messages one at a time.</summary>
/// <remarks>
/// Everything here runs on the actor's own turn, except creating and looking up children, which other threads may do too.
/// Failures, restarts and the end are in <see cref="FaultHandling"/>; rarely used state is in <see cref="CellExtras"/> to keep cells small.
/// </remarks>
public sealed class ActorCell : IUntypedActorContext
{
    [ThreadStatic]
    private static ActorCell? _current;

    private readonly LocalActorRef _self;
    private Behaviour? _behaviour;
    private IActorRef? _sender;
    private CellExtras? _extras;
    private Children? _children;
    private bool _constructing;

    internal ActorCell(ActorSystemImpl system, LocalActorRef self, Props props, MessageDispatcher dispatcher, Mailbox mailbox, IInternalActorRef parent)
    {
        (SystemImpl, _self, Props, Dispatcher, Mailbox, InternalParent) = (system, self, props, dispatcher, mailbox, parent);
        mailbox.Attach(this);
        dispatcher.Attach(this);
    }

    /// <summary>Where the actor is in its life.</summary>
    internal enum CellPhase : byte
    {
        /// <summary>Not created yet, or its creation failed.</summary>
        Starting,

        /// <summary>Handles messages, or waits for its supervisor's decision.</summary>
        Running,

        /// <summary>Waits for children to end before the (re)creation.</summary>
        Recreating,

        /// <summary>Waits for children to end before its own end.</summary>
        Terminating,

        /// <summary>Ended.</summary>
        Terminated,
    }

    /// <inheritdoc/>
    public Props Props { get; }

    /// <inheritdoc/>
    public MessageDispatcher Dispatcher { get; }

    /// <summary>Its queues.</summary>
    public Mailbox Mailbox { get; }

    /// <inheritdoc/>
    public ActorSystem System => SystemImpl;

    /// <inheritdoc/>
    public IActorRef Self => _self;

    /// <inheritdoc/>
    public IActorRef Parent => InternalParent;

    /// <inheritdoc/>
    public IActorRef Sender => _sender ?? SystemImpl.DeadLetters;

    /// <summary>The message being handled; null between messages.</summary>
    public object? CurrentMessage { get; private set; }

    /// <inheritdoc/>
    public TimeSpan? ReceiveTimeout => _extras?.ReceiveTimeout?.Timeout;

    /// <summary>The actor whose turn it is on this thread.</summary>
    internal static ActorCell? Current
    {
        get => _current;
        set => _current = value;
    }

    internal ActorSystemImpl SystemImpl { get; }

    internal IInternalActorRef InternalParent { get; }

    internal ActorBase? Actor { get; private set; }

    internal Children? ChildrenOrNull => _children;

    internal CellExtras? ExtrasOrNull => _extras;

    internal CellExtras Extras => _extras ??= new CellExtras();

    internal DeathWatch DeathWatch => Extras.DeathWatch ??= new DeathWatch(this);

    internal CellPhase Phase { get; set; }

    /// <summary>True from a failure to the supervisor's decision.</summary>
    internal bool HasFailed { get; set; }

    /// <summary>True once the actor subscribed to the event stream; its end unsubscribes it.</summary>
    internal volatile bool HasSubscribed;

    /// <summary>True while the actor follows another node's actor of the same identity: nothing of it leaves.</summary>
    internal bool IsStandby { get; set; }

    internal IActorRef? SenderOrNull => _sender;

    internal IReadOnlyCollection<ChildRestartStats> ChildStats => ChildrenOrNull?.Stats() ?? [];

    /// <inheritdoc/>
    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is not null && !ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException($"'{name}' cannot name an actor: names are not empty, do not begin with $ and have ASCII letters, digits and {ActorPath.ValidSymbols} only");
        }

        return CreateChild(props, name, systemService: false);
    }

    /// <inheritdoc/>
    public ActorSelection ActorSelection(string actorPath) => SystemImpl.Select(_self, actorPath);

    /// <inheritdoc/>
    public ActorSelection ActorSelection(ActorPath actorPath) => SystemImpl.ActorSelection(actorPath);

    /// <inheritdoc/>
    public IActorRef Child(string name) => GetSingleChild(name) is { } child ? child : ActorRefs.Nobody;

    /// <inheritdoc/>
    public IEnumerable<IActorRef> GetChildren() => ChildrenOrNull?.Snapshot() ?? [];

    /// <inheritdoc/>
    public void Become(Receive receive) => _behaviour = new Behaviour(receive, _behaviour?.Below);

    /// <inheritdoc/>
    public void BecomeStacked(Receive receive) => _behaviour = new Behaviour(receive, _behaviour);

    /// <inheritdoc/>
    public void Become(UntypedReceive receive) => Become(Always(receive));

    /// <inheritdoc/>
    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Always(receive));

    /// <inheritdoc/>
    public void UnbecomeStacked() => _behaviour = _behaviour?.Below;

    /// <inheritdoc/>
    public void Stop(IActorRef child)
    {
        ChildrenOrNull?.MarkStopping(child);
        ((IInternalActorRef)child).SendSystemMessage(new Terminate());
    }

    /// <inheritdoc/>
    public IActorRef Watch(IActorRef subject) => DeathWatch.Watch(subject, message: null);

    /// <inheritdoc/>
    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return DeathWatch.Watch(subject, message);
    }

    /// <inheritdoc/>
    public IActorRef Unwatch(IActorRef subject) => DeathWatch.Unwatch(subject);

    /// <inheritdoc/>
    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        if (timeout is { } value) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(timeout));
        if (timeout is null && _extras?.ReceiveTimeout is null) return;
        (Extras.ReceiveTimeout ??= new ReceiveTimeoutTimer(this)).Set(timeout);
    }

    internal IInternalActorRef? GetSingleChild(string name) => ChildrenOrNull?.Find(name);

    internal IActorRef CreateChild(Props props, string? name, bool systemService)
    {
        if (_children is null) Interlocked.CompareExchange(ref _children, new Children(), null);
        var child = _children.Create(this, props, name, systemService);
        SystemImpl.DebugLog?.Lifecycle(this, "now supervises", child);
        return child;
    }

    internal bool TryBind(ActorBase actor)
    {
        if (!_constructing) return false;
        _constructing = false;
        Actor = actor;
        return true;
    }

    internal void Invoke(in Envelope envelope)
    {
        var message = envelope.Message;
        CurrentMessage = message;
        _sender = envelope.Sender;
        try
        {
            if (message is IAutoReceivedMessage auto) AutoReceive(auto);
            else ReceiveMessage(message);
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            FaultHandling.HandleFailure(this, cause);
            return;
        }

        var extras = _extras;
        if (extras is null)
        {
            CurrentMessage = null;
            _sender = null;
        }
        else if (extras.AsyncHandler is null)
        {
            EndMessage();
        }
    }

    /// <summary>The current message is done, async handlers included.</summary>
    internal void EndMessage()
    {
        var message = CurrentMessage;
        CurrentMessage = null;
        _sender = null;
        if (message is not INotInfluenceReceiveTimeout) _extras?.ReceiveTimeout?.Restart();
    }

    internal void InvokeSystem(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case Create: FaultHandling.Create(this); break;
                case Continuation continuation: continuation.Scheduler.Run(continuation.Task); break;
                case Watch watch: DeathWatch.AddWatcher(watch); break;
                case Unwatch unwatch: DeathWatch.RemoveWatcher(unwatch); break;
                case DeathWatchNotification notification: FaultHandling.ActorTerminated(this, notification); break;
                case Failed failed: FaultHandling.ChildFailed(this, failed); break;
                case Terminate: FaultHandling.Terminate(this); break;
                case Suspend: FaultHandling.Suspend(this); break;
                case FailureTaken: FaultHandling.FailureTaken(this); break;
                case Resume resume: FaultHandling.Resume(this, resume.AfterFailure); break;
                case Recreate recreate: FaultHandling.Recreate(this, recreate.Cause); break;
                default: throw new Util.InvariantException("unknown system message " + message.GetType().Name);
            }
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            FaultHandling.HandleFailure(this, cause);
        }
    }

    internal void MessageAfterDeath(in Envelope envelope) => SystemImpl.DeadLetterRef.Publish(envelope.Message, envelope.Sender, _self);

    internal void MessageDropped(object message, IActorRef? sender, string reason) =>
        SystemImpl.EventStream.Publish(new Event.Dropped(message, reason, sender ?? SystemImpl.DeadLetterRef, _self));

    internal void SystemMessageAfterDeath(SystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                watch.Watcher.SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: true, addressTerminated: false));
                break;
            case Continuation continuation:
                // The handler's finally blocks still have to run, without the context of an actor that is no more.
                _current = null;
                continuation.Scheduler.RunDetached(continuation.Task);
                _current = this;
                break;
        }
    }

    /// <summary>Hands a message to the behaviour.</summary>
    internal void ReceiveMessage(object message)
    {
        var actor = Actor!;
        if (_behaviour is { } behaviour) actor.AroundReceive(behaviour.Receive, message);
        else if (Props.NeedsAroundReceive) actor.AroundReceive(actor.ReceiveFirst, message);
        else if (!actor.ReceiveFirst(message)) actor.RaiseUnhandled(message);
    }

    internal void SetCurrent(object? message, IActorRef? sender) => (CurrentMessage, _sender) = (message, sender);

    /// <summary>Makes a new instance and gives it what its interfaces ask for.</summary>
    internal void CreateInstance()
    {
        Actor = null;
        _behaviour = null;
        _constructing = true;
        ActorBase actor;
        try
        {
            actor = Props.Producer.Produce();
        }
        finally
        {
            _constructing = false;
        }

        if (!ReferenceEquals(actor, Actor)) throw new ActorInitializationException(_self, "the producer returned no new instance");
        if (actor is ReceiveActor declaring) declaring.EndDeclaration();
        if (actor is IActorStash stashing) stashing.Stash = Extras.Stash ??= Stash.For(this, stashing is IWithUnboundedStash);
        if (actor is IWithTimers timed) timed.Timers = Extras.Timers ??= new TimerScheduler(this);
    }

    /// <summary>Lets go of the instance: before a restart and at the end.</summary>
    internal void ReleaseInstance()
    {
        if (_extras is { } extras)
        {
            extras.Timers?.CancelAll();
            extras.Stash?.UnstashAll();
            extras.ReceiveTimeout?.Set(null);
            extras.Strategy = null;
        }

        if (Actor is { } actor) Props.Producer.Release(actor);
        Actor = null;
        _behaviour = null;
        CurrentMessage = null;
        _sender = null;
    }

    private static Receive Always(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    private void AutoReceive(IAutoReceivedMessage message)
    {
        // Ticks are the runtime's own, and become the actor's messages.
        if (SystemImpl.DebugLog is { } debug && message is not (TimerTick or ReceiveTimeoutTick)) debug.AutoReceived(this, message);
        switch (message)
        {
            case Terminated terminated: DeathWatch.ReceiveTerminated(terminated); break;
            case TimerTick tick: ReceiveTick(tick); break;
            case ReceiveTimeoutTick tick: ReceiveTimeoutExpired(tick); break;
            case ActorSelectionMessage selection: ActorRuntime.Actor.ActorSelection.Deliver(_self, SenderOrNull, selection); break;
            case Identify identify: Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self); break;
            case PoisonPill: Actor!.OnPoisonPill(); break;
            case Kill: throw new ActorKilledException($"{_self} was killed");
            case AddressTerminated terminated: DeathWatch.AddressTerminated(terminated.Address); break;
            default: ReceiveMessage(message); break;
        }
    }

    private void ReceiveTick(TimerTick tick)
    {
        if (_extras?.Timers?.Accept(tick) is not { } message) return;
        CurrentMessage = message;
        if (message is IAutoReceivedMessage auto) AutoReceive(auto);
        else ReceiveMessage(message);
    }

    private void ReceiveTimeoutExpired(ReceiveTimeoutTick tick)
    {
        if (_extras?.ReceiveTimeout?.Accept(tick) != true) return;
        CurrentMessage = ActorRuntime.Actor.ReceiveTimeout.Instance;
        ReceiveMessage(CurrentMessage);
    }

    private sealed class Behaviour(Receive receive, Behaviour? below)
    {
        public Receive Receive { get; } = receive;

        public Behaviour? Below { get; } = below;
    }
}

/// <summary>State of a cell that few actors need.</summary>
internal sealed class CellExtras
{
    public DeathWatch? DeathWatch;
    public ReceiveTimeoutTimer? ReceiveTimeout;
    public ActorTaskScheduler? AsyncHandler;
    public Stash? Stash;
    public TimerScheduler? Timers;
    public SupervisorStrategy? Strategy;
    public Exception? RestartCause;
    public object? FailedMessage;

    /// <summary>From a failure of the instance itself to the supervisor's decision.</summary>
    public Exception? FailureCause;

    /// <summary>What the last instance left for the next one; a restart leaves nothing.</summary>
    public object? Kept;
}
