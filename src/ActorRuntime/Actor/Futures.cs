namespace ActorRuntime.Actor;

/// <summary>Asking: a message with an answer as a task.</summary>
/// <remarks>
/// Outcomes: the answer (the request was handled); <see cref="AskTimeoutException"/> and cancellation (unknown whether it was). An answer <see cref="Status.Failure"/>
/// fails the task with its cause, unless that type was asked for. Without a time-out <c>actor-runtime.actor.ask-timeout</c> (10 s) applies.
/// </remarks>
public static class Futures
{
    /// <summary>Asks for any answer.</summary>
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) => self.Ask<object>(message, timeout, CancellationToken.None);

    /// <summary>Asks for any answer.</summary>
    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) => self.Ask<object>(message, null, cancellationToken);

    /// <summary>Asks for an answer of type <typeparamref name="T"/>.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) => self.Ask<T>(message, timeout, CancellationToken.None);

    /// <summary>Asks for an answer of type <typeparamref name="T"/>.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) => self.Ask<T>(message, null, cancellationToken);

    /// <summary>Asks for an answer of type <typeparamref name="T"/>.</summary>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var future = NewFuture<T>(self, timeout, cancellationToken);
        self.Tell(message, future);
        return future.Task;
    }

    /// <summary>Asks for the answer that <paramref name="request"/> names.</summary>
    public static Task<TReply> Ask<TReply>(
        this ICanTell self, IRequest<TReply> request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        self.Ask<TReply>((object)request, timeout, cancellationToken);

    /// <summary>Asks with a message that carries the reference for the answer.</summary>
    public static Task<T> Ask<T>(this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageFactory);
        var future = NewFuture<T>(self, timeout, cancellationToken);
        self.Tell(messageFactory(future), future);
        return future.Task;
    }

    private static FutureActorRef<T> NewFuture<T>(ICanTell target, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var system = SystemOf(target);
        var future = new FutureActorRef<T>(system);
        future.Start(timeout ?? system.Settings.AskTimeout, target, cancellationToken);
        return future;
    }

    private static ActorSystemImpl SystemOf(ICanTell target)
    {
        if (ActorCell.Current is { } cell) return cell.SystemImpl;
        var reference = target is ActorSelection selection ? selection.Anchor : target as IActorRef;
        if (reference is IInternalActorRef known and not Nobody) return (ActorSystemImpl)known.Provider.System;
        throw new ArgumentException($"Cannot ask {target}: it belongs to no actor system", nameof(target));
    }
}
