using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Stopping with a task for the end.</summary>
public static class GracefulStopSupport
{
    /// <summary>Sends <see cref="PoisonPill"/> and waits for the end.</summary>
    /// <returns>True.</returns>
    /// <exception cref="TaskCanceledException">It did not end in time; it may still do.</exception>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    /// <summary>Sends <paramref name="stopMessage"/> and waits for the end.</summary>
    /// <returns>True.</returns>
    /// <exception cref="TaskCanceledException">It did not end in time; it may still do.</exception>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        var ended = WatchAsyncSupport.Watch(target, timeout, CancellationToken.None);
        target.Tell(stopMessage, ActorRefs.NoSender);
        try
        {
            return await ended.ConfigureAwait(false);
        }
        catch (AskTimeoutException cause)
        {
            throw new TaskCanceledException($"{target} did not stop within {timeout.TotalSeconds} s", cause);
        }
    }
}

/// <summary>Watching with a task.</summary>
public static class WatchAsyncSupport
{
    /// <summary>Waits for the end of <paramref name="target"/>.</summary>
    /// <returns>True when it ended.</returns>
    /// <exception cref="TaskCanceledException">The token was cancelled.</exception>
    public static Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default) => Watch(target, Timeout.InfiniteTimeSpan, token);

    internal static Task<bool> Watch(IActorRef target, TimeSpan timeout, CancellationToken token)
    {
        var watchee = (IInternalActorRef)target;
        if (watchee is Nobody) return Task.FromResult(true);
        var system = (ActorSystemImpl)watchee.Provider.System;
        var watcher = new EndWatcherRef(system, watchee);
        watcher.Start(timeout, target, token);
        watchee.SendSystemMessage(new Watch(watchee, watcher));
        return watcher.Task;
    }

    /// <summary>Takes one notice of an end.</summary>
    private sealed class EndWatcherRef(ActorSystemImpl system, IInternalActorRef watchee) : FutureActorRef(system)
    {
        private readonly TaskCompletionSource<bool> _completion = new();

        public Task<bool> Task => _completion.Task;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification) Tell(Done.Instance, watchee);
            else base.SendSystemMessage(message);
        }

        private protected override void Succeed(object? answer) => _completion.TrySetResult(true);

        private protected override void Fail(Outcome outcome)
        {
            watchee.SendSystemMessage(new Unwatch(watchee, this));
            if (outcome is Outcome.Cancelled cancelled) _completion.TrySetCanceled(cancelled.Token);
            else _completion.TrySetException(((Outcome.Failed)outcome).Cause);
        }
    }
}
