namespace ActorRuntime.Actor;

/// <summary>The types state machines speak with, the same for all of them. Use <see cref="FSM{TState, TData}"/>.</summary>
public abstract class FSMBase : ActorBase
{
    private protected FSMBase()
    {
    }

    /// <summary>Why a state machine ended.</summary>
    public abstract class Reason
    {
        private protected Reason()
        {
        }
    }

    /// <summary>It said <c>Stop()</c>.</summary>
    public sealed class Normal : Reason
    {
        private Normal()
        {
        }

        /// <summary>The only instance.</summary>
        public static Normal Instance { get; } = new();
    }

    /// <summary>Its reference was stopped, or the instance is being replaced by a restart.</summary>
    public sealed class Shutdown : Reason
    {
        private Shutdown()
        {
        }

        /// <summary>The only instance.</summary>
        public static Shutdown Instance { get; } = new();
    }

    /// <summary>It ended because of an error, which is logged.</summary>
    /// <param name="cause">An exception, or anything that says what went wrong.</param>
    public sealed class Failure(object cause) : Reason
    {
        /// <summary>An exception, or anything that says what went wrong.</summary>
        public object Cause { get; } = cause;

        /// <inheritdoc/>
        public override string ToString() => $"Failure({Cause})";
    }

    /// <summary>The message a state gets when no message came for as long as it may last.</summary>
    public sealed class StateTimeout
    {
        private StateTimeout()
        {
        }

        /// <summary>The only instance.</summary>
        public static StateTimeout Instance { get; } = new();
    }

    /// <summary>Subscribes to the transitions of the receiver; answered with <see cref="CurrentState{TS}"/>. Again changes nothing but is answered.</summary>
    /// <param name="actorRef">Gets a <see cref="Transition{TS}"/> for each.</param>
    public sealed class SubscribeTransitionCallBack(IActorRef actorRef)
    {
        /// <summary>Gets a <see cref="Transition{TS}"/> for each.</summary>
        public IActorRef ActorRef { get; } = actorRef;
    }

    /// <summary>Undoes <see cref="SubscribeTransitionCallBack"/>.</summary>
    /// <param name="actorRef">Who subscribed.</param>
    public sealed class UnsubscribeTransitionCallBack(IActorRef actorRef)
    {
        /// <summary>Who subscribed.</summary>
        public IActorRef ActorRef { get; } = actorRef;
    }

    /// <summary>First message to a subscriber.</summary>
    /// <param name="FsmRef">The state machine.</param>
    /// <param name="State">The state it is in.</param>
    public sealed record CurrentState<TS>(IActorRef FsmRef, TS State);

    /// <summary>Message to subscribers after each transition.</summary>
    /// <param name="FsmRef">The state machine.</param>
    /// <param name="From">The state it left.</param>
    /// <param name="To">The state it entered; the same when it went to where it was.</param>
    public sealed record Transition<TS>(IActorRef FsmRef, TS From, TS To);

    /// <summary>What a state handler gets.</summary>
    /// <param name="fsmEvent">The message.</param>
    /// <param name="stateData">The data before it.</param>
    public sealed class Event<TD>(object fsmEvent, TD stateData)
    {
        /// <summary>The message.</summary>
        public object FsmEvent { get; } = fsmEvent;

        /// <summary>The data before it.</summary>
        public TD StateData { get; } = stateData;

        /// <inheritdoc/>
        public override string ToString() => $"Event: <{FsmEvent}>, StateData: <{StateData}>";
    }

    /// <summary>What <c>OnTermination</c> gets.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="terminatedState">The last state.</param>
    /// <param name="stateData">The last data, those of the stop itself included.</param>
    public sealed class StopEvent<TS, TD>(Reason reason, TS terminatedState, TD stateData)
    {
        /// <summary>Why it ended.</summary>
        public Reason Reason { get; } = reason;

        /// <summary>The last state.</summary>
        public TS TerminatedState { get; } = terminatedState;

        /// <summary>The last data, those of the stop itself included.</summary>
        public TD StateData { get; } = stateData;
    }

    /// <summary>A state with its data, and what a handler wants done about it. Immutable: each method answers a changed copy.</summary>
    public sealed class State<TS, TD>
    {
        /// <summary>A state to enter.</summary>
        /// <param name="stateName">Its name.</param>
        /// <param name="stateData">Its data.</param>
        /// <param name="timeout">Silence after which <see cref="FSMBase.StateTimeout"/> comes; null takes the state's own.</param>
        /// <param name="stopReason">Not null to end the state machine.</param>
        public State(TS stateName, TD stateData, TimeSpan? timeout = null, Reason? stopReason = null)
            : this(stateName, stateData, timeout, stopReason, null, notifies: true)
        {
        }

        private State(TS stateName, TD stateData, TimeSpan? timeout, Reason? stopReason, Reply? replies, bool notifies) =>
            (StateName, StateData, Timeout, StopReason, Replies, Notifies) = (stateName, stateData, timeout, stopReason, replies, notifies);

        /// <summary>Name of the state.</summary>
        public TS StateName { get; }

        /// <summary>Its data.</summary>
        public TD StateData { get; }

        /// <summary>What <see cref="ForMax"/> set; null takes the state's own time-out.</summary>
        public TimeSpan? Timeout { get; }

        /// <summary>Not null to end the state machine.</summary>
        public Reason? StopReason { get; }

        internal Reply? Replies { get; }

        internal bool Notifies { get; }

        /// <summary>With other data.</summary>
        public State<TS, TD> Using(TD nextStateData) => new(StateName, nextStateData, Timeout, StopReason, Replies, Notifies);

        /// <summary>Sends a reply to the sender of the current message once the handler is done; several keep their order.</summary>
        public State<TS, TD> Replying(object replyValue) => new(StateName, StateData, Timeout, StopReason, new Reply(replyValue, Replies), Notifies);

        /// <summary>With a time-out for this visit, instead of the one the state was declared with.</summary>
        /// <param name="timeout">Not negative; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> or the largest value for none.</param>
        public State<TS, TD> ForMax(TimeSpan timeout)
        {
            if (timeout == TimeSpan.MaxValue) timeout = System.Threading.Timeout.InfiniteTimeSpan;
            if (timeout != System.Threading.Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
            return new(StateName, StateData, timeout, StopReason, Replies, Notifies);
        }

        internal State<TS, TD> WithStopReason(Reason reason) => new(StateName, StateData, Timeout, reason, Replies, Notifies);

        internal State<TS, TD> WithNotification(bool notifies) => new(StateName, StateData, Timeout, StopReason, Replies, notifies);

        /// <summary>The same state once it has been entered: neither replies nor a time-out of that one visit.</summary>
        internal State<TS, TD> Entered() => Replies is null && Timeout is null && !Notifies ? this : new(StateName, StateData, null, StopReason, null, notifies: false);

        /// <inheritdoc/>
        public override string ToString() => $"{StateName}, {StateData}";

        /// <summary>Newest first.</summary>
        internal sealed class Reply(object value, Reply? before)
        {
            public void SendTo(IActorRef receiver, IActorRef sender)
            {
                before?.SendTo(receiver, sender);
                receiver.Tell(value, sender);
            }
        }
    }
}
