using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>An actor as a state machine: a handler per state, which says what the next state and the next data are.</summary>
/// <remarks>
/// Declare everything in the constructor: <c>When</c> for each state, <c>StartWith</c>, and <c>Initialize</c> last. A handler that answers null leaves the
/// message to the next handler of its state, then to <see cref="WhenUnhandled"/>. A restart begins anew. Timers end with a restart, a stop and the end, and
/// a tick of a timer that was cancelled or replaced never arrives.
/// </remarks>
/// <typeparam name="TState">Names of states, usually an enum; compared by value.</typeparam>
/// <typeparam name="TData">What all states share; immutable.</typeparam>
public abstract class FSM<TState, TData> : FSMBase, IFSMInspection<TState, TData>
    where TState : notnull
{
    private static readonly object StateTimerKey = new();

    private readonly Dictionary<TState, Declaration> _states = [];
    private readonly List<IActorRef> _listeners = [];
    private StateFunction? _unhandled;
    private TransitionHandler? _onTransition;
    private Action<StopEvent<TState, TData>>? _onTermination;
    private State<TState, TData>? _current;
    private State<TState, TData>? _next;

    /// <summary>Handles a message in a state.</summary>
    /// <returns>Null when it does not take the message.</returns>
    public delegate State<TState, TData>? StateFunction(Event<TData> fsmEvent);

    /// <summary>Called with the state left and the state entered.</summary>
    public delegate void TransitionHandler(TState initialState, TState nextState);

    /// <summary>Name of the current state; during <see cref="OnTransition"/> the one that is left.</summary>
    public TState StateName => Current.StateName;

    /// <summary>The current data; during <see cref="OnTransition"/> those before the transition.</summary>
    public TData StateData => Current.StateData;

    bool IFSMInspection<TState, TData>.IsStateTimerActive => IsActive(StateTimerKey);

    /// <summary>The data after the transition.</summary>
    /// <exception cref="InvalidOperationException">Outside of <see cref="OnTransition"/>.</exception>
    protected TData NextStateData => (_next ?? throw new InvalidOperationException("NextStateData is there in OnTransition only")).StateData;

    private State<TState, TData> Current =>
        _current ?? throw new InvalidOperationException($"{GetType().Name} has no state yet: call StartWith in the constructor, then Initialize");

    private TimerScheduler Timers => Cell.Extras.Timers ??= new TimerScheduler(Cell);

    void IFSMInspection<TState, TData>.ApplyState(State<TState, TData> upcoming) => Apply(upcoming);

    void IFSMInspection<TState, TData>.SetTimer(string name, object msg, TimeSpan timeout, bool repeat) => SetTimer(name, msg, timeout, repeat);

    void IFSMInspection<TState, TData>.CancelTimer(string name) => CancelTimer(name);

    bool IFSMInspection<TState, TData>.IsTimerActive(string name) => IsTimerActive(name);

    /// <summary>Declares a state; again adds a handler behind those it has.</summary>
    /// <param name="stateName">Its name.</param>
    /// <param name="func">Its handler.</param>
    /// <param name="timeout">Silence after which <see cref="FSMBase.StateTimeout"/> comes; null for never, or for what was said before.</param>
    protected void When(TState stateName, StateFunction func, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(func);
        var known = _states.GetValueOrDefault(stateName);
        _states[stateName] = new Declaration(OrElse(known.Handle, func), timeout ?? known.Timeout);
    }

    /// <summary>Sets the first state.</summary>
    protected void StartWith(TState stateName, TData stateData, TimeSpan? timeout = null) => _current = new(stateName, stateData, timeout);

    /// <summary>Enters the first state; last line of the constructor.</summary>
    /// <exception cref="InvalidOperationException">No <see cref="StartWith"/> before.</exception>
    protected void Initialize() => MakeTransition(Current.WithNotification(false));

    /// <summary>Goes to a state, with the data as they are. To the current state counts as a transition, too.</summary>
    protected State<TState, TData> GoTo(TState nextStateName) => new(nextStateName, StateData);

    /// <summary>Stays: no transition, but the state's time-out begins anew.</summary>
    protected State<TState, TData> Stay() => GoTo(StateName).WithNotification(false);

    /// <summary>Ends with <see cref="FSMBase.Normal"/>.</summary>
    protected State<TState, TData> Stop() => Stop(Normal.Instance);

    /// <summary>Ends.</summary>
    protected State<TState, TData> Stop(Reason reason) => Stay().WithStopReason(reason);

    /// <summary>Ends with these data.</summary>
    protected State<TState, TData> Stop(Reason reason, TData stateData) => Stay().Using(stateData).WithStopReason(reason);

    /// <summary>Called at each transition, in the order declared, before the new state holds and before subscribers hear of it.</summary>
    protected void OnTransition(TransitionHandler transitionHandler) => _onTransition += transitionHandler;

    /// <summary>Takes what the handlers of a state leave. What it leaves is logged as a warning.</summary>
    protected void WhenUnhandled(StateFunction stateFunction) => _unhandled = stateFunction;

    /// <summary>Called once at the end, whatever the reason, and before a restart (<see cref="FSMBase.Shutdown"/>).</summary>
    protected void OnTermination(Action<StopEvent<TState, TData>> terminationHandler) => _onTermination = terminationHandler;

    /// <summary>Changes what <paramref name="func"/> answers; see <see cref="TransformHelper.Using"/>.</summary>
    protected TransformHelper Transform(StateFunction func) => new(func);

    /// <summary>Replaces the time-out a state was declared with, from its next entry on.</summary>
    /// <param name="state">A declared state.</param>
    /// <param name="timeout">Null for none.</param>
    protected void SetStateTimeout(TState state, TimeSpan? timeout) => _states[state] = _states[state] with { Timeout = timeout };

    /// <summary>Sends <paramref name="msg"/> to itself later; replaces the timer of that name.</summary>
    /// <param name="name">Name of the timer.</param>
    /// <param name="msg">What.</param>
    /// <param name="timeout">When, and how often.</param>
    /// <param name="repeat">Whether again and again.</param>
    protected void SetTimer(string name, object msg, TimeSpan timeout, bool repeat = false)
    {
        ArgumentNullException.ThrowIfNull(msg);
        if (repeat) Timers.StartPeriodicTimer(new NamedTimer(name), msg, timeout);
        else Timers.StartSingleTimer(new NamedTimer(name), msg, timeout);
    }

    /// <summary>Ends a timer; a tick of it that is already queued is dropped.</summary>
    protected void CancelTimer(string name) => Timers.Cancel(new NamedTimer(name));

    /// <summary>True until a single timer was delivered or a timer cancelled.</summary>
    protected bool IsTimerActive(string name) => IsActive(new NamedTimer(name));

    /// <summary>Logs why it ended; called before <see cref="OnTermination"/>.</summary>
    protected virtual void LogTermination(Reason reason)
    {
        if (reason is not Failure failure) return;
        var log = Cell.GetLogger();
        if (failure.Cause is Exception cause) log.Error(cause, "State machine {Actor} ended by a failure in state {State}", Self.Path, StateName);
        else log.Error("State machine {Actor} ended by a failure in state {State}: {Cause}", Self.Path, StateName, failure.Cause);
    }

    /// <summary>Calls <see cref="OnTermination"/> unless that has happened. Overrides call the base.</summary>
    protected override void PostStop()
    {
        if (_current is not null) End(Stay().WithStopReason(Shutdown.Instance));
        base.PostStop();
    }

    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        switch (message)
        {
            case SubscribeTransitionCallBack subscribe:
                if (!_listeners.Contains(subscribe.ActorRef)) _listeners.Add(subscribe.ActorRef);
                subscribe.ActorRef.Tell(new CurrentState<TState>(Self, StateName), Self);
                break;
            case UnsubscribeTransitionCallBack unsubscribe:
                _listeners.Remove(unsubscribe.ActorRef);
                break;
            default:
                Cell.ExtrasOrNull?.Timers?.Cancel(StateTimerKey);
                Process(new Event<TData>(message, StateData));
                break;
        }

        return true;
    }

    private protected virtual void Process(Event<TData> fsmEvent)
    {
        var next = _states.GetValueOrDefault(StateName).Handle?.Invoke(fsmEvent) ?? _unhandled?.Invoke(fsmEvent);
        if (next is null)
        {
            Cell.GetLogger().Warning("Unhandled event {Event} in state {State}", fsmEvent.FsmEvent, StateName);
            next = Stay();
        }

        Apply(next);
    }

    private protected virtual void Entering(TState from, State<TState, TData> to)
    {
    }

    private static StateFunction OrElse(StateFunction? first, StateFunction second) =>
        first is null ? second : fsmEvent => first(fsmEvent) ?? second(fsmEvent);

    private bool IsActive(object key) => Cell.ExtrasOrNull?.Timers?.IsTimerActive(key) == true;

    private void Apply(State<TState, TData> upcoming)
    {
        if (upcoming.StopReason is null)
        {
            MakeTransition(upcoming);
            return;
        }

        Reply(upcoming);
        End(upcoming);
        Cell.Stop(Self);
    }

    private void MakeTransition(State<TState, TData> upcoming)
    {
        if (!_states.TryGetValue(upcoming.StateName, out var declared))
        {
            End(Stay().WithStopReason(new Failure($"the state {upcoming.StateName} was never declared with When")));
            Cell.Stop(Self);
            return;
        }

        Reply(upcoming);
        var from = StateName;
        if (upcoming.Notifies || !EqualityComparer<TState>.Default.Equals(from, upcoming.StateName))
        {
            Entering(from, upcoming);
            _next = upcoming;
            try
            {
                _onTransition?.Invoke(from, upcoming.StateName);
            }
            finally
            {
                _next = null;
            }

            TellListeners(new Transition<TState>(Self, from, upcoming.StateName));
        }

        _current = upcoming.Entered();
        var timeout = upcoming.Timeout ?? declared.Timeout;
        if (timeout is { } silence && silence != Timeout.InfiniteTimeSpan) Timers.StartSingleTimer(StateTimerKey, StateTimeout.Instance, silence);
    }

    private void Reply(State<TState, TData> upcoming) => upcoming.Replies?.SendTo(Sender, Self);

    private void TellListeners(Transition<TState> transition)
    {
        // Who has ended cannot unsubscribe any more.
        _listeners.RemoveAll(static listener => listener is IInternalActorRef { IsTerminated: true });
        foreach (var listener in _listeners) listener.Tell(transition, Self);
    }

    private void End(State<TState, TData> last)
    {
        if (Current.StopReason is not null) return;
        LogTermination(last.StopReason!);
        _current = last;
        _onTermination?.Invoke(new StopEvent<TState, TData>(last.StopReason!, last.StateName, last.StateData));
    }

    /// <summary>Changes what a handler answers.</summary>
    /// <param name="func">The handler.</param>
    public sealed class TransformHelper(StateFunction func)
    {
        /// <summary>A handler that passes on what <paramref name="andThen"/> makes of the answer; null stays null.</summary>
        public StateFunction Using(Func<State<TState, TData>, State<TState, TData>> andThen) =>
            fsmEvent => func(fsmEvent) is { } answer ? andThen(answer) : null;
    }

    private readonly record struct Declaration(StateFunction? Handle, TimeSpan? Timeout);

    private sealed record NamedTimer(string Name);
}

/// <summary>The state machine as test kits see it. Only on its own turn.</summary>
public interface IFSMInspection<TState, TData>
{
    /// <summary>Name of the current state.</summary>
    TState StateName { get; }

    /// <summary>The current data.</summary>
    TData StateData { get; }

    /// <summary>Whether a state time-out is running.</summary>
    bool IsStateTimerActive { get; }

    /// <summary>Does as if a handler had answered <paramref name="upcoming"/>.</summary>
    void ApplyState(FSMBase.State<TState, TData> upcoming);

    /// <summary>Sends <paramref name="msg"/> to the machine later; replaces the timer of that name.</summary>
    void SetTimer(string name, object msg, TimeSpan timeout, bool repeat);

    /// <summary>Ends a timer.</summary>
    void CancelTimer(string name);

    /// <summary>Whether a timer is running.</summary>
    bool IsTimerActive(string name);
}
