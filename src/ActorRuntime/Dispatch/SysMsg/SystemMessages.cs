using ActorRuntime.Actor;

namespace ActorRuntime.Dispatch.SysMsg;

/// <summary>Lifecycle and supervision signal between references; applications send none.</summary>
public interface ISystemMessage;

/// <summary>Node of the system queue: an instance sits in at most one queue, so it is sent once.</summary>
internal abstract class SystemMessage : ISystemMessage
{
    internal SystemMessage? Next;
}

/// <summary>First message of every cell: make the actor and start it.</summary>
internal sealed class Create : SystemMessage;

/// <summary>Hold user messages until a <see cref="Resume"/> or <see cref="Recreate"/>; nests.</summary>
internal sealed class Suspend : SystemMessage;

/// <summary>The receiver's failure has become its supervisor's: it waits like its siblings, and shares their fate.</summary>
internal sealed class FailureTaken : SystemMessage;

/// <summary>Undo one <see cref="Suspend"/>.</summary>
internal sealed class Resume(bool afterFailure) : SystemMessage
{
    /// <summary>True when the receiver itself failed and keeps its state.</summary>
    public bool AfterFailure { get; } = afterFailure;
}

/// <summary>Replace the actor by a new incarnation behind the same reference.</summary>
internal sealed class Recreate(Exception cause) : SystemMessage
{
    public Exception Cause { get; } = cause;
}

/// <summary>Stop the actor and everything below it.</summary>
internal sealed class Terminate : SystemMessage;

/// <summary>A child failed and waits, suspended, for its supervisor's decision.</summary>
internal sealed class Failed(IActorRef child, Exception cause) : SystemMessage
{
    public IActorRef Child { get; } = child;
    public Exception Cause { get; } = cause;
}

/// <summary>Tell <paramref name="watcher"/> when <paramref name="watchee"/> ends.</summary>
internal sealed class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;
    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>Undo <see cref="Watch"/>.</summary>
internal sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;
    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary><paramref name="actor"/> has ended.</summary>
/// <param name="actor">The one that ended.</param>
/// <param name="existenceConfirmed">False when nobody knows whether it ever lived.</param>
/// <param name="addressTerminated">True when its whole node is taken for gone.</param>
internal sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated) : SystemMessage
{
    public IActorRef Actor { get; } = actor;
    public bool ExistenceConfirmed { get; } = existenceConfirmed;
    public bool AddressTerminated { get; } = addressTerminated;
}

/// <summary>A continuation of an async handler, to be run in its actor.</summary>
internal sealed class Continuation(ActorTaskScheduler scheduler, Task task) : SystemMessage
{
    public ActorTaskScheduler Scheduler { get; } = scheduler;
    public Task Task { get; } = task;
}
