using ActorRuntime.Actor;

namespace ActorRuntime.TestKit;

/// <summary>The scheduler of a system under virtual time, with the hands of its clock: <c>(TestScheduler)Sys.Scheduler</c>.</summary>
/// <remarks>
/// It is there in systems that a test kit starts with <c>actor-runtime.test.clock</c> <c>auto</c> or <c>manual</c>, or with a <see cref="ManualEnvironment"/>. Advancing fires all
/// that is due, in order, and runs what that causes, before it returns. Nothing sleeps.
/// </remarks>
public sealed class TestScheduler : IScheduler
{
    private readonly ManualEnvironment _environment;
    private readonly IScheduler _timers;

    internal TestScheduler(ManualEnvironment environment, IScheduler timers) => (_environment, _timers) = (environment, timers);

    /// <inheritdoc/>
    public DateTimeOffset Now => _timers.Now;

    /// <inheritdoc/>
    public TimeSpan MonotonicClock => _timers.MonotonicClock;

    /// <inheritdoc/>
    public IAdvancedScheduler Advanced => _timers.Advanced;

    /// <summary>Moves the clock.</summary>
    /// <param name="offset">Not negative.</param>
    public void Advance(TimeSpan offset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, TimeSpan.Zero);
        // What the test has sent comes before what the clock brings.
        _environment.RunUntilIdle();
        _environment.Advance(offset);
    }

    /// <summary>Moves the clock to a point of time.</summary>
    /// <param name="when">Not before <see cref="Now"/>.</param>
    public void AdvanceTo(DateTimeOffset when) => Advance(when - Now);

    /// <inheritdoc/>
    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null) =>
        _timers.ScheduleTellOnce(delay, receiver, message, sender, cancelable);

    /// <inheritdoc/>
    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null) =>
        _timers.ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, cancelable);
}
