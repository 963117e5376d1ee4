using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>Marks state machines that log what they do.</summary>
public interface ILoggingFSM;

/// <summary>A state machine that keeps its last events and logs events and transitions at debug level.</summary>
public abstract class LoggingFSM<TState, TData> : FSM<TState, TData>, ILoggingFSM
    where TState : notnull
{
    private readonly Queue<LogEntry> _history = [];
    private readonly ILoggingAdapter _log;

    /// <summary>With an empty history.</summary>
    protected LoggingFSM() => _log = Context.GetLogger();

    /// <summary>Events kept; the oldest goes first. 0 keeps none, default 32.</summary>
    protected virtual int LogDepth => 32;

    /// <summary>The last events, oldest first; the one being handled is the last.</summary>
    protected IReadOnlyList<LogEntry> GetLog() => [.. _history];

    private protected sealed override void Process(Event<TData> fsmEvent)
    {
        if (_log.IsDebugEnabled) _log.Debug("Processing {Event} from {Sender} in state {State}", fsmEvent, Sender.Path, StateName);
        _history.Enqueue(new LogEntry(StateName, fsmEvent.StateData, fsmEvent.FsmEvent));
        while (_history.Count > LogDepth) _history.Dequeue();
        base.Process(fsmEvent);
    }

    private protected sealed override void Entering(TState from, State<TState, TData> to)
    {
        if (_log.IsDebugEnabled) _log.Debug("Transition {From} -> {To}", from, to.StateName);
    }

    /// <summary>One event of the history.</summary>
    /// <param name="StateName">The state that got it.</param>
    /// <param name="StateData">The data before it.</param>
    /// <param name="FsmEvent">The message.</param>
    protected sealed record LogEntry(TState StateName, TData StateData, object FsmEvent);
}
