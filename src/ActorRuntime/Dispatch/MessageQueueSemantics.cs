namespace ActorRuntime.Dispatch;

/// <summary>What a mailbox promises; base of the interfaces an actor can ask for by <see cref="IRequiresMessageQueue{T}"/>.</summary>
public interface ISemantics;

/// <summary>Asks for a mailbox that keeps the promise <typeparamref name="T"/>.</summary>
/// <remarks>
/// Implemented by actor classes. <c>actor-runtime.actor.mailbox.requirements</c> says which mailbox such an actor gets; one named by props or dispatcher has to keep the promise, or
/// <c>ActorOf</c> throws.
/// </remarks>
public interface IRequiresMessageQueue<T>
    where T : ISemantics;

/// <summary>Takes any number of messages.</summary>
public interface IUnboundedMessageQueueSemantics : ISemantics;

/// <summary>Takes a limited number of messages.</summary>
public interface IBoundedMessageQueueSemantics : ISemantics
{
    /// <summary>How long a message waits for room before it becomes a dead letter; zero: not at all.</summary>
    TimeSpan PushTimeOut { get; }
}

/// <summary>Messages can be put back in front. Every mailbox of this runtime can; the name is for actors that ask for it.</summary>
public interface IDequeBasedMessageQueueSemantics : ISemantics;

/// <summary>Unbounded, and messages can be put back in front.</summary>
public interface IUnboundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics;

/// <summary>Bounded, and messages can be put back in front.</summary>
public interface IBoundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics;

/// <summary>Handles <see cref="IControlMessage"/> before all others.</summary>
public interface IControlAwareMessageQueueSemantics : ISemantics;

/// <summary>Control-aware, without a limit.</summary>
public interface IUnboundedControlAwareMessageQueueSemantics : IControlAwareMessageQueueSemantics, IUnboundedMessageQueueSemantics;

/// <summary>Control-aware, with a limit.</summary>
public interface IBoundedControlAwareMessageQueueSemantics : IControlAwareMessageQueueSemantics, IBoundedMessageQueueSemantics;

/// <summary>A message that control-aware mailboxes hand over before all others.</summary>
public interface IControlMessage;
