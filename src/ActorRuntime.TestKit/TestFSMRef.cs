using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>A reference that gives the test the state machine behind it: state, data and timers, to look at and to set.</summary>
/// <typeparam name="TActor">Class of the state machine.</typeparam>
/// <typeparam name="TState">Names of its states.</typeparam>
/// <typeparam name="TData">Its data.</typeparam>
public sealed class TestFSMRef<TActor, TState, TData> : TestActorRefBase<TActor>
    where TActor : FSM<TState, TData>
    where TState : notnull
{
    /// <summary>Makes the state machine; it has started when this returns, unless its props name a dispatcher.</summary>
    /// <param name="system">The system.</param>
    /// <param name="props">How to make it.</param>
    /// <param name="supervisor">Its parent. Default <c>/user</c>.</param>
    /// <param name="name">Its name. Default a generated one.</param>
    public TestFSMRef(ActorSystem system, Props props, IActorRef? supervisor = null, string? name = null)
        : base(system, props, supervisor, name)
    {
    }

    /// <summary>Name of the current state.</summary>
    public TState StateName => Machine.StateName;

    /// <summary>The current data.</summary>
    public TData StateData => Machine.StateData;

    private IFSMInspection<TState, TData> Machine => UnderlyingActor;

    /// <summary>Goes to a state, with the data as they are; transitions are told.</summary>
    /// <param name="timeout">Time-out of the state; null for the one declared.</param>
    public void SetState(TState stateName, TimeSpan? timeout = null) => SetState(stateName, StateData, timeout);

    /// <summary>Goes to a state with data; transitions are told.</summary>
    /// <param name="timeout">Time-out of the state; null for the one declared.</param>
    /// <param name="stopReason">Ends the machine when given.</param>
    public void SetState(TState stateName, TData stateData, TimeSpan? timeout = null, FSMBase.Reason? stopReason = null) =>
        OnTurn(() => Machine.ApplyState(new FSMBase.State<TState, TData>(stateName, stateData, timeout, stopReason)));

    /// <summary>Stays in the state with other data.</summary>
    /// <param name="timeout">Time-out of the state; null for the one declared.</param>
    public void SetStateData(TData stateData, TimeSpan? timeout = null) =>
        OnTurn(() => Machine.ApplyState(new FSMBase.State<TState, TData>(StateName, stateData, timeout).WithNotification(false)));

    /// <summary>Stays in the state, whose time-out begins anew with this length.</summary>
    public void SetStateTimeout(TimeSpan timeout) => SetStateData(StateData, timeout);

    /// <summary>Has the machine send <paramref name="msg"/> to itself later; replaces the timer of that name.</summary>
    public void SetTimer(string name, object msg, TimeSpan timeout, bool repeat = false) => OnTurn(() => Machine.SetTimer(name, msg, timeout, repeat));

    /// <summary>Ends a timer of the machine.</summary>
    public void CancelTimer(string name) => OnTurn(() => Machine.CancelTimer(name));

    /// <summary>Whether a timer of the machine is set.</summary>
    public bool IsTimerActive(string name) => Machine.IsTimerActive(name);

    /// <summary>Whether a time-out of the current state is set.</summary>
    public bool IsStateTimerActive() => Machine.IsStateTimerActive;
}
