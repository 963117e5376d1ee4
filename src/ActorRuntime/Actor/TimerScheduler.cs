namespace ActorRuntime.Actor;

internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, TimerTick> _timers = [];

    public IReadOnlyCollection<object> ActiveTimers => _timers.Keys;

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(new TimerTick(cell.Self, key, msg, isPeriodic: true), initialDelay, interval);
    }

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) =>
        Start(new TimerTick(cell.Self, key, msg, isPeriodic: false), timeout, TimeSpan.Zero);

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer)) cell.SystemImpl.TimerHeap.Cancel(timer);
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values) cell.SystemImpl.TimerHeap.Cancel(timer);
        _timers.Clear();
    }

    /// <summary>The message of a tick, or null when its timer was cancelled or replaced meanwhile.</summary>
    public object? Accept(TimerTick tick)
    {
        tick.IsQueued = false;
        if (!_timers.TryGetValue(tick.Key, out var current) || !ReferenceEquals(current, tick)) return null;
        if (!tick.IsPeriodic) _timers.Remove(tick.Key);
        return tick.Message;
    }

    private void Start(TimerTick timer, TimeSpan delay, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Cancel(timer.Key);
        _timers.Add(timer.Key, timer);
        cell.SystemImpl.TimerHeap.Schedule(timer, delay, period);
    }
}

/// <summary>A timer, and the message its actor gets when it is due.</summary>
internal sealed class TimerTick(IActorRef owner, object key, object message, bool isPeriodic) : ScheduledItem, IAutoReceivedMessage, Event.IDeadLetterSuppression
{
    private volatile bool _isQueued;

    public object Key { get; } = key;
    public object Message { get; } = message;
    public bool IsPeriodic { get; } = isPeriodic;

    public bool IsQueued
    {
        get => _isQueued;
        set => _isQueued = value;
    }

    public override void Fire()
    {
        if (IsQueued) return;
        IsQueued = true;
        owner.Tell(this, owner);
    }
}

/// <summary>Counts silence for one cell.</summary>
internal sealed class ReceiveTimeoutTimer(ActorCell cell)
{
    private ReceiveTimeoutTick? _tick;

    public TimeSpan? Timeout { get; private set; }

    public void Set(TimeSpan? timeout)
    {
        Timeout = timeout;
        Restart();
    }

    /// <summary>A message was handled: silence begins anew.</summary>
    public void Restart()
    {
        if (_tick is not null) cell.SystemImpl.TimerHeap.Cancel(_tick);
        _tick = null;
        if (Timeout is not { } timeout) return;
        _tick = new ReceiveTimeoutTick(cell.Self);
        cell.SystemImpl.TimerHeap.Schedule(_tick, timeout, TimeSpan.Zero);
    }

    /// <summary>False when a message came, or the timeout was changed, after the tick was queued.</summary>
    public bool Accept(ReceiveTimeoutTick tick) => ReferenceEquals(tick, _tick);
}

/// <summary>Silence lasted long enough.</summary>
internal sealed class ReceiveTimeoutTick(IActorRef owner) : ScheduledItem, IAutoReceivedMessage, Event.IDeadLetterSuppression
{
    public override void Fire() => owner.Tell(this, owner);
}
