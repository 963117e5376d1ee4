namespace ActorRuntime.Actor;

/// <summary>Sends the outcome of a task as a message; an exception goes as <see cref="Status.Failure"/> unless transformed.</summary>
public static class PipeToSupport
{
    /// <summary>Pipes the result.</summary>
    /// <returns>Done when the message was sent; never fails because of the piped task.</returns>
    public static async Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null)
    {
        object? message;
        try
        {
            var result = await taskToPipe.ConfigureAwait(false);
            message = success is null ? result : success(result);
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            message = failure is null ? new Status.Failure(cause) : failure(cause);
        }

        if (message is not null) recipient.Tell(message, sender);
    }

    /// <inheritdoc cref="PipeTo{T}(Task{T}, ICanTell, IActorRef, Func{T, object}, Func{Exception, object})"/>
    public static Task PipeTo<T>(
        this ValueTask<T> taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    /// <summary>Pipes the end: nothing without <paramref name="success"/>.</summary>
    public static async Task PipeTo(
        this Task taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<object>? success = null, Func<Exception, object>? failure = null)
    {
        object? message;
        try
        {
            await taskToPipe.ConfigureAwait(false);
            message = success?.Invoke();
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            message = failure is null ? new Status.Failure(cause) : failure(cause);
        }

        if (message is not null) recipient.Tell(message, sender);
    }

    /// <inheritdoc cref="PipeTo(Task, ICanTell, IActorRef, Func{object}, Func{Exception, object})"/>
    public static Task PipeTo(
        this ValueTask taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<object>? success = null, Func<Exception, object>? failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);
}
