namespace ActorRuntime.TestKit;

/// <summary>A clock that moves from timer to timer when told to.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<(ManualTimer Timer, long Generation), (long Due, long Sequence)> _due = new();
    private long _now;
    private long _sequence;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public int ArmedCount
    {
        get
        {
            lock (_lock) return _due.UnorderedItems.Count(i => i.Element.Timer.Generation == i.Element.Generation);
        }
    }

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next timer due by <paramref name="deadline"/> and fires it, or moves to the deadline.</summary>
    public bool FireNext(long deadline)
    {
        ManualTimer timer;
        lock (_lock)
        {
            while (true)
            {
                if (!_due.TryPeek(out var next, out var at) || at.Due > deadline)
                {
                    _now = Math.Max(_now, deadline);
                    return false;
                }

                _due.Dequeue();
                if (next.Timer.Generation != next.Generation) continue;
                _now = Math.Max(_now, at.Due);
                timer = next.Timer;
                timer.Generation++;
                if (timer.Period > TimeSpan.Zero) Arm(timer, timer.Period);
                break;
            }
        }

        timer.Fire();
        return true;
    }

    private void Arm(ManualTimer timer, TimeSpan wait) => _due.Enqueue((timer, timer.Generation), (_now + wait.Ticks, _sequence++));

    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        public long Generation { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                if (_isDisposed) return false;
                Generation++;
                Period = period;
                if (dueTime >= TimeSpan.Zero) time.Arm(this, dueTime);
                return true;
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._lock)
            {
                _isDisposed = true;
                Generation++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
