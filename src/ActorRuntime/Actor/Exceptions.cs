namespace ActorRuntime.Actor;

/// <summary>Base of what the runtime throws for expected conditions.</summary>
public class ActorRuntimeException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>An actor could not be created or started; the cause is inside. Default directive: Stop.</summary>
public class ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
    : ActorRuntimeException(actor is null ? message : $"{actor}: {message}", cause)
{
    /// <summary>The actor, or null when an actor class was made with <c>new</c>.</summary>
    public IActorRef? Actor { get; } = actor;
}

/// <summary>The hook after a restart failed.</summary>
public sealed class PostRestartException(IActorRef actor, Exception cause, Exception restartCause)
    : ActorInitializationException(actor, $"exception in PostRestart, restarted after {restartCause.GetType().Name}", cause);

/// <summary>The hook before a restart failed.</summary>
public sealed class PreRestartException(IActorRef actor, Exception cause, Exception restartCause)
    : ActorRuntimeException($"{actor}: exception in PreRestart, failed before with {restartCause.GetType().Name}", cause);

/// <summary><see cref="Kill"/> was received. Default directive: Stop.</summary>
public sealed class ActorKilledException(string message) : ActorRuntimeException(message);

/// <summary>A selection matched nobody in time.</summary>
public sealed class ActorNotFoundException(string message, Exception? cause = null) : ActorRuntimeException(message, cause);

/// <summary>No answer within the time-out. Whether the request was handled is unknown.</summary>
public sealed class AskTimeoutException(string message) : ActorRuntimeException(message);

/// <summary>A watched actor ended and the watcher did not handle <see cref="Terminated"/>. Default directive: Stop.</summary>
public sealed class DeathPactException(IActorRef deadActor) : ActorRuntimeException($"Unhandled death of {deadActor}")
{
    /// <summary>The actor that ended.</summary>
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>A name that cannot be given to an actor.</summary>
public class IllegalActorNameException(string message) : ActorRuntimeException(message);

/// <summary>A name that is taken or has characters names may not have.</summary>
public sealed class InvalidActorNameException(string message) : IllegalActorNameException(message);

/// <summary>An operation that the actor's state does not allow.</summary>
public class IllegalActorStateException(string message) : ActorRuntimeException(message);

/// <summary>The stash is full; the message that did not fit is still the current one.</summary>
public sealed class StashOverflowException(string message, Exception? cause = null) : ActorRuntimeException(message, cause);

/// <summary>A message that cannot be sent, such as null.</summary>
public sealed class InvalidMessageException(string message) : ActorRuntimeException(message);
