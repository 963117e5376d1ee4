namespace ActorRuntime.Actor;

/// <summary>Timers of one actor, by key. All end with a restart or the end of the actor. Only on the actor's own turn.</summary>
public interface ITimerScheduler
{
    /// <summary>Keys of the running timers.</summary>
    IReadOnlyCollection<object> ActiveTimers { get; }

    /// <summary>Sends <paramref name="msg"/> to the actor every <paramref name="interval"/>; replaces the timer of that key.</summary>
    /// <remarks>A tick is left out while the one before waits in the mailbox.</remarks>
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    /// <inheritdoc cref="StartPeriodicTimer(object, object, TimeSpan)"/>
    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Sends <paramref name="msg"/> to the actor once; replaces the timer of that key.</summary>
    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    /// <summary>True until a single timer was delivered or a timer cancelled.</summary>
    bool IsTimerActive(object key);

    /// <summary>Ends a timer; a tick of it that is already queued is dropped.</summary>
    void Cancel(object key);

    /// <summary>Ends all timers.</summary>
    void CancelAll();
}

/// <summary>Asks for timers.</summary>
public interface IWithTimers
{
    /// <summary>Set by the runtime after the constructor and before <see cref="ActorBase.PreStart"/>.</summary>
    ITimerScheduler Timers { get; set; }
}
