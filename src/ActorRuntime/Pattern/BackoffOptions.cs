using ActorRuntime.Actor;

namespace ActorRuntime.Pattern;

/// <summary>Makes options of a <see cref="BackoffSupervisor"/>.</summary>
public static class Backoff
{
    /// <summary>Restarts the child, after a delay, when it fails.</summary>
    /// <param name="childProps">How to make the child.</param>
    /// <param name="childName">Its name.</param>
    /// <param name="minBackoff">First delay. Above 0.</param>
    /// <param name="maxBackoff">Longest delay, before the jitter. At least <paramref name="minBackoff"/>.</param>
    /// <param name="randomFactor">Jitter: up to this part of the delay is added. 0 to 1; 0.2 is usual.</param>
    /// <param name="maxNrOfRetries">Restarts before it gives up and stops; -1 for no limit.</param>
    public static BackoffOptions OnFailure(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries = -1) =>
        new(true, childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries);

    /// <summary>Starts the child again, after a delay, when it stopped; a failure stops it.</summary>
    /// <inheritdoc cref="OnFailure"/>
    public static BackoffOptions OnStop(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries = -1) =>
        new(false, childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries);
}

/// <summary>Settings of a <see cref="BackoffSupervisor"/>. Immutable.</summary>
public sealed record BackoffOptions
{
    internal BackoffOptions(
        bool onFailure, Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(minBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBackoff, minBackoff);
        if (randomFactor is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(randomFactor), randomFactor, "0 to 1");
        (OnFailure, ChildProps, ChildName, MinBackoff, MaxBackoff) = (onFailure, childProps, childName, minBackoff, maxBackoff);
        (RandomFactor, MaxNrOfRetries, AutoReset) = (randomFactor, maxNrOfRetries, minBackoff);
        Strategy = onFailure ? new OneForOneStrategy(Actor.SupervisorStrategy.DefaultDecider) : Actor.SupervisorStrategy.StoppingStrategy;
    }

    internal bool OnFailure { get; }
    internal Props ChildProps { get; }
    internal string ChildName { get; }
    internal TimeSpan MinBackoff { get; }
    internal TimeSpan MaxBackoff { get; }
    internal double RandomFactor { get; }
    internal int MaxNrOfRetries { get; private init; }

    /// <summary>Null when only <see cref="BackoffSupervisor.Reset"/> resets.</summary>
    internal TimeSpan? AutoReset { get; private init; }
    internal OneForOneStrategy Strategy { get; private init; }
    internal object? ReplyWhileStopped { get; private init; }
    internal Func<object, bool>? IsFinalStopMessage { get; private init; }

    /// <summary>The count goes back to zero when the child has run for <paramref name="resetBackoff"/>. Default: the first delay.</summary>
    public BackoffOptions WithAutoReset(TimeSpan resetBackoff) => this with { AutoReset = resetBackoff };

    /// <summary>The count goes back to zero by <see cref="BackoffSupervisor.Reset"/> only.</summary>
    public BackoffOptions WithManualReset() => this with { AutoReset = null };

    /// <summary>Decides which failures lead to a delayed restart; a limit of it, when it has one, replaces that of these options.</summary>
    public BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) => this with
    {
        Strategy = supervisorStrategy,
        MaxNrOfRetries = supervisorStrategy.MaxNumberOfRetries >= 0 ? supervisorStrategy.MaxNumberOfRetries : MaxNrOfRetries,
    };

    /// <summary>Every failure stops the child.</summary>
    public BackoffOptions WithDefaultStoppingStrategy() => this with { Strategy = Actor.SupervisorStrategy.StoppingStrategy };

    /// <summary>Answers messages while no child runs, instead of making dead letters of them.</summary>
    public BackoffOptions WithReplyWhileStopped(object replyWhileStopped) => this with { ReplyWhileStopped = replyWhileStopped };

    /// <summary>When such a message was passed on and the child stops, it stays stopped, and the supervisor stops too.</summary>
    public BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) => this with { IsFinalStopMessage = isFinalStopMessage };

    /// <summary>Delay before the restart of number <paramref name="restartCount"/>, from 0: doubled each time, capped, then jittered.</summary>
    internal TimeSpan DelayOf(int restartCount, Util.Prng random)
    {
        var doubled = restartCount >= 30 ? MaxBackoff.Ticks : Math.Min(MinBackoff.Ticks * Math.Pow(2, restartCount), MaxBackoff.Ticks);
        var jitter = doubled * RandomFactor * (random.Next() >> 11) / (1UL << 53);
        return TimeSpan.FromTicks((long)(doubled + jitter));
    }
}
