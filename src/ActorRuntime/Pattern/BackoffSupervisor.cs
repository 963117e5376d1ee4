using ActorRuntime.Actor;
using ActorRuntime.Event;

namespace ActorRuntime.Pattern;

/// <summary>Runs one child, and runs it again after a growing delay when it failed or stopped. Passes all messages on to it.</summary>
public sealed class BackoffSupervisor : UntypedActor, IWithTimers
{
    private readonly BackoffOptions _options;
    private readonly Util.Prng _random;
    private IActorRef? _child;
    private int _restartCount;
    private bool _sawFinalStop;
    private bool _isWaitingForEnd;

    private BackoffSupervisor(BackoffOptions options)
    {
        _options = options;
        _random = Context.System.Environment.Random("backoff" + Self.Path);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A supervisor with these options.</summary>
    public static Props Props(BackoffOptions options) => Actor.Props.Create<BackoffSupervisor>(options);

    /// <inheritdoc/>
    protected override void PreStart() => StartChild();

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(Decide);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartAgain:
                StartChild();
                break;
            case ResetIfQuiet reset:
                if (_options.AutoReset is not null && reset.RestartCount == _restartCount) _restartCount = 0;
                break;
            case Reset:
                if (_options.AutoReset is null) _restartCount = 0;
                else Unhandled(message);
                break;
            case GetRestartCount:
                Sender.Tell(new RestartCount(_restartCount));
                break;
            case GetCurrentChild:
                Sender.Tell(new CurrentChild(_child ?? ActorRefs.Nobody));
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_child):
                OnChildEnded();
                break;
            default:
                Pass(message);
                break;
        }
    }

    private Directive Decide(Exception cause)
    {
        var directive = _options.Strategy.Decider.Decide(cause);
        if (!_options.OnFailure || directive != Directive.Restart) return directive;

        // A restart with a delay: it stops now, and its end starts the delay.
        _isWaitingForEnd = true;
        return Directive.Stop;
    }

    private void OnChildEnded()
    {
        _child = null;
        var again = _options.OnFailure ? _isWaitingForEnd : !_sawFinalStop;
        _isWaitingForEnd = false;
        if (!again || (_options.MaxNrOfRetries >= 0 && _restartCount >= _options.MaxNrOfRetries))
        {
            Context.Stop(Self);
            return;
        }

        Timers.StartSingleTimer(StartAgain.Instance, StartAgain.Instance, _options.DelayOf(_restartCount, _random));
        _restartCount++;
    }

    private void StartChild()
    {
        if (_child is not null) return;
        _child = Context.Watch(Context.ActorOf(_options.ChildProps, _options.ChildName));
        if (_options.AutoReset is { } quiet) Timers.StartSingleTimer(nameof(ResetIfQuiet), new ResetIfQuiet(_restartCount), quiet);
    }

    private void Pass(object message)
    {
        if (_child is { } child)
        {
            if (_options.IsFinalStopMessage?.Invoke(message) == true) _sawFinalStop = true;
            child.Forward(message);
        }
        else if (_options.IsFinalStopMessage?.Invoke(message) == true)
        {
            Context.Stop(Self);
        }
        else if (_options.ReplyWhileStopped is { } reply)
        {
            Sender.Tell(reply);
        }
        else
        {
            Context.System.EventStream.Publish(new DeadLetter(message, Sender, Self));
        }
    }

    /// <summary>Asks for the child; answered with <see cref="CurrentChild"/>.</summary>
    public sealed class GetCurrentChild
    {
        public static readonly GetCurrentChild Instance = new();
    }

    /// <summary>The child.</summary>
    /// <param name="child">Nobody while none runs.</param>
    public sealed class CurrentChild(IActorRef child)
    {
        /// <summary>Nobody while none runs.</summary>
        public IActorRef Ref { get; } = child;
    }

    /// <summary>Sets the count back to zero, in supervisors with manual reset.</summary>
    public sealed class Reset
    {
        public static readonly Reset Instance = new();
    }

    /// <summary>Asks for the count; answered with <see cref="RestartCount"/>.</summary>
    public sealed class GetRestartCount
    {
        public static readonly GetRestartCount Instance = new();
    }

    /// <summary>Restarts since the last reset.</summary>
    /// <param name="Count">From 0.</param>
    public sealed record RestartCount(int Count);

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();
    }

    private sealed record ResetIfQuiet(int RestartCount);
}
