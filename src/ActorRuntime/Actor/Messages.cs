using ActorRuntime.Event;

namespace ActorRuntime.Actor;

/// <summary>Handled by the cell itself, before the actor sees it.</summary>
public interface IAutoReceivedMessage;

/// <summary>Does not postpone the receive timeout.</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>May do harm when it comes from outside; untrusted peers cannot send it.</summary>
public interface IPossiblyHarmful;

/// <summary>Never serialised for checking in tests.</summary>
public interface INoSerializationVerificationNeeded;

/// <summary>A watched actor ended.</summary>
/// <param name="actorRef">The actor that ended.</param>
/// <param name="existenceConfirmed">False when it is unknown whether it ever lived.</param>
/// <param name="addressTerminated">True when its whole node is taken for gone.</param>
public sealed class Terminated(IActorRef actorRef, bool existenceConfirmed, bool addressTerminated)
    : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    /// <summary>The actor that ended.</summary>
    public IActorRef ActorRef { get; } = actorRef;

    /// <summary>False when it is unknown whether it ever lived.</summary>
    public bool ExistenceConfirmed { get; } = existenceConfirmed;

    /// <summary>True when its whole node is taken for gone.</summary>
    public bool AddressTerminated { get; } = addressTerminated;

    /// <inheritdoc/>
    public override string ToString() => $"<Terminated>: {ActorRef} - ExistenceConfirmed={ExistenceConfirmed}";
}

/// <summary>Stops the receiver after the messages queued before it.</summary>
public sealed class PoisonPill : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    private PoisonPill()
    {
    }

    /// <summary>The only instance.</summary>
    public static PoisonPill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<PoisonPill>";
}

/// <summary>Makes the receiver fail with <see cref="ActorKilledException"/>.</summary>
public sealed class Kill : IAutoReceivedMessage, IPossiblyHarmful
{
    private Kill()
    {
    }

    /// <summary>The only instance.</summary>
    public static Kill Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "<Kill>";
}

/// <summary>Asks who is there; answered with <see cref="ActorIdentity"/> by every actor.</summary>
/// <param name="messageId">Comes back in the answer.</param>
public sealed class Identify(object? messageId) : IAutoReceivedMessage
{
    /// <summary>Comes back in the answer.</summary>
    public object? MessageId { get; } = messageId;
}

/// <summary>Answer to <see cref="Identify"/>.</summary>
/// <param name="messageId">That of the question.</param>
/// <param name="subject">The actor that answers; null when nobody is there.</param>
public sealed class ActorIdentity(object? messageId, IActorRef? subject)
{
    /// <summary>That of the question.</summary>
    public object? MessageId { get; } = messageId;

    /// <summary>The actor that answers; null when nobody is there.</summary>
    public IActorRef? Subject { get; } = subject;

    /// <inheritdoc/>
    public override string ToString() => $"<ActorIdentity>: {Subject?.ToString() ?? "nobody"} - MessageId={MessageId}";
}

/// <summary>No message came for as long as the actor asked to be told after.</summary>
public sealed class ReceiveTimeout : IPossiblyHarmful
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The only instance.</summary>
    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>Conventional replies.</summary>
public abstract class Status
{
    private Status()
    {
    }

    /// <summary>It worked.</summary>
    /// <param name="result">The result, if there is one.</param>
    public sealed class Success(object? result) : Status
    {
        /// <summary>The result, if there is one.</summary>
        public object? Result { get; } = result;

        /// <inheritdoc/>
        public override string ToString() => $"Success: {Result ?? "null"}";
    }

    /// <summary>It did not work. An ask that gets it as answer fails with the cause.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="state">Anything the receiver may need.</param>
    public sealed class Failure(Exception cause, object? state = null) : Status
    {
        /// <summary>Why.</summary>
        public Exception Cause { get; } = cause;

        /// <summary>Anything the receiver may need.</summary>
        public object? State { get; } = state;

        /// <inheritdoc/>
        public override string ToString() => $"Failure: {Cause}";
    }
}

/// <summary>Published on the event stream: a node is taken for gone for good, with all actors on it.</summary>
/// <param name="Address">Address of the node.</param>
internal sealed record AddressTerminated(Address Address) : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression;
