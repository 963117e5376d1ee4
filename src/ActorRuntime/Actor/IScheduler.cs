namespace ActorRuntime.Actor;

/// <summary>Sends messages later.</summary>
public interface ITellScheduler
{
    /// <summary>Sends once.</summary>
    /// <param name="delay">Zero sends at once.</param>
    /// <param name="receiver">Who gets it.</param>
    /// <param name="message">What.</param>
    /// <param name="sender">Sender shown.</param>
    /// <param name="cancelable">Stops it while it has not happened.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative delay.</exception>
    void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null);

    /// <summary>Sends again and again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative delay, or an interval that is not positive.</exception>
    void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable = null);
}

/// <summary>Runs actions later, on the timer's thread: they must be short and must not touch an actor's state.</summary>
public interface IActionScheduler
{
    /// <summary>Runs once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative delay.</exception>
    void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable = null);

    /// <summary>Runs again and again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative delay, or an interval that is not positive.</exception>
    void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable = null);
}

/// <summary>The clocks of the scheduler.</summary>
public interface ITimeProvider
{
    /// <summary>Wall clock. Orders nothing across nodes.</summary>
    DateTimeOffset Now { get; }

    /// <summary>Time since the system started.</summary>
    TimeSpan MonotonicClock { get; }
}

/// <summary>The scheduler of an actor system. Driven by <see cref="RuntimeEnvironment.Time"/>, so tests and simulations move it by hand.</summary>
public interface IScheduler : ITellScheduler, ITimeProvider
{
    /// <summary>Scheduling of actions.</summary>
    IAdvancedScheduler Advanced { get; }
}

/// <summary>Scheduling of actions.</summary>
public interface IAdvancedScheduler : IActionScheduler;

/// <summary>Something that can be called off.</summary>
public interface ICancelable
{
    /// <summary>Cancelled with this.</summary>
    CancellationToken Token { get; }

    /// <summary>True once it was called off.</summary>
    bool IsCancellationRequested { get; }

    /// <summary>Calls it off; again changes nothing.</summary>
    void Cancel();

    /// <summary>Calls it off later.</summary>
    void CancelAfter(TimeSpan delay);

    /// <summary>Calls it off later.</summary>
    void CancelAfter(int millisecondsDelay);

    /// <summary>Calls it off.</summary>
    /// <param name="throwOnFirstException">True stops at the first callback that throws; false runs all and throws an <see cref="AggregateException"/>.</param>
    void Cancel(bool throwOnFirstException);
}
