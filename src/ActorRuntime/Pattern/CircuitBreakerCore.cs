using ActorRuntime.Util;

namespace ActorRuntime.Pattern;

/// <summary>Where a circuit breaker stands.</summary>
internal enum CircuitState
{
    /// <summary>Calls pass.</summary>
    Closed,

    /// <summary>Calls are refused.</summary>
    Open,

    /// <summary>One call is let through to see.</summary>
    HalfOpen,
}

/// <summary>Decides which calls a circuit breaker lets pass, and when it opens and closes.</summary>
/// <remarks>
/// Closed: a failure counts, a success starts the count anew, the limit opens. Open: refuses until the reset time-out has passed, counted from the opening.
/// Half-open: one call decides. Invariant: the outcome of a call changes nothing once the state it was admitted in has been left, so a straggler neither closes
/// an open breaker nor reopens one that has recovered. Not thread-safe; time is any clock that does not go back.
/// </remarks>
internal sealed class CircuitBreakerCore(CircuitBreakerSettings settings, Prng random)
{
    private TimeSpan _retryAt;
    private TimeSpan _openFor = settings.ResetTimeout;
    private long _period;
    private bool _isTrying;

    public CircuitState State { get; private set; }

    /// <summary>Failures in a row while closed.</summary>
    public int FailureCount { get; private set; }

    /// <summary>When it becomes half-open; null while it is not open.</summary>
    public TimeSpan? Deadline => State == CircuitState.Open ? _retryAt : null;

    /// <summary>Asks to make a call.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What to report the outcome with, or null when the call is refused.</returns>
    public long? TryEnter(TimeSpan now)
    {
        OnTime(now);
        if (State == CircuitState.Open || _isTrying) return null;
        _isTrying = State == CircuitState.HalfOpen;
        return _period;
    }

    /// <summary>Time until a call may be tried.</summary>
    public TimeSpan Remaining(TimeSpan now) => Deadline is { } deadline && deadline > now ? deadline - now : TimeSpan.Zero;

    /// <summary>A call worked.</summary>
    /// <param name="admission">What <see cref="TryEnter"/> answered; null for a success somebody reports of himself.</param>
    public void OnSuccess(long? admission)
    {
        if (IsStale(admission) || State == CircuitState.Open) return;
        FailureCount = 0;
        if (State == CircuitState.HalfOpen) Move(CircuitState.Closed);
    }

    /// <summary>A call failed, or took too long.</summary>
    /// <param name="admission">What <see cref="TryEnter"/> answered; null for a failure somebody reports of himself.</param>
    /// <param name="now">The time.</param>
    public void OnFailure(long? admission, TimeSpan now)
    {
        if (IsStale(admission) || State == CircuitState.Open) return;
        if (State == CircuitState.Closed)
        {
            FailureCount++;
            if (FailureCount < settings.MaxFailures) return;
            _openFor = settings.ResetTimeout;
        }
        else
        {
            _openFor = Grown(_openFor);
        }

        Move(CircuitState.Open);
        _retryAt = now + Jittered(_openFor);
    }

    /// <summary>A call was given up by who made it: that says nothing about what it called.</summary>
    public void OnAbandoned(long admission)
    {
        if (!IsStale(admission)) _isTrying = false;
    }

    /// <summary>Takes in the passing of time.</summary>
    public void OnTime(TimeSpan now)
    {
        if (Deadline is { } deadline && now >= deadline) Move(CircuitState.HalfOpen);
    }

    private bool IsStale(long? admission) => admission is { } period && period != _period;

    private void Move(CircuitState to)
    {
        State = to;
        _period++;
        _isTrying = false;
        if (to == CircuitState.Closed) FailureCount = 0;
    }

    private TimeSpan Grown(TimeSpan wait)
    {
        var grown = wait.Ticks * settings.ExponentialBackoffFactor;
        return grown >= settings.MaxResetTimeout.Ticks ? settings.MaxResetTimeout : new TimeSpan((long)grown);
    }

    private TimeSpan Jittered(TimeSpan wait)
    {
        var room = new TimeSpan((long)(wait.Ticks * settings.RandomFactor));
        return room > TimeSpan.Zero ? wait + random.Below(room) : wait;
    }
}
