using ActorRuntime.Actor;

namespace ActorRuntime.Persistence;

/// <summary>One call of <c>Persist</c>, <c>PersistAll</c>, their async forms or <c>Defer</c>: its events are stored together and handled in order.
/// </summary>
internal abstract class PersistOperation(bool holdsCommands, object? message, IActorRef? sender)
{
    /// <summary>True: no command is handled before this operation is done.</summary>
    public bool HoldsCommands { get; } = holdsCommands;

    /// <summary>The command that asked for it.</summary>
    public object? Message { get; } = message;

    /// <summary>Its sender: that of the handlers, too.</summary>
    public IActorRef? Sender { get; } = sender;

    /// <summary>What to store; empty for a deferred call.</summary>
    public SerializedPayload[] Payloads { get; set; } = [];

    /// <summary>Why it cannot be stored.</summary>
    public Exception? Rejection { get; set; }

    /// <summary>Sequence number of the first event, once it is written.</summary>
    public long FirstSequenceNr { get; set; }

    /// <summary>How many events were handled.</summary>
    public int Handled { get; private set; }

    /// <summary>How many events there are.</summary>
    public abstract int Count { get; }

    /// <summary>True once every handler has run, or thrown.</summary>
    public bool IsDone => Handled == Count;

    public bool IsDeferred => Payloads.Length == 0 && Rejection is null;

    public abstract object EventAt(int index);

    /// <summary>Runs the next handler; it counts as run even if it throws.</summary>
    public void HandleNext() => Handle(Handled++);

    /// <summary>Skips the handler of an event that is not stored.</summary>
    public object SkipNext() => EventAt(Handled++);

    protected abstract void Handle(int index);
}

/// <inheritdoc/>
internal sealed class PersistOperation<TEvent>(TEvent[] events, Action<TEvent>? handler, bool holdsCommands, object? message, IActorRef? sender)
    : PersistOperation(holdsCommands, message, sender)
{
    public override int Count => events.Length;

    public override object EventAt(int index) => events[index]!;

    protected override void Handle(int index) => handler?.Invoke(events[index]);
}
