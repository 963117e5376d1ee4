namespace ActorRuntime.Simulation.World;

/// <summary>A process's clock and timers.</summary>
internal sealed class SimulatedTime(Agenda agenda, SimulatedProcess process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => process.Host.Clock.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => process.Host.Clock.WallNow;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(agenda, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Stands on the agenda once for every change; only the newest counts.</summary>
    private sealed class Timer(Agenda agenda, SimulatedProcess process, TimerCallback callback, object? state) : Happening, ITimer, IThreadPoolWorkItem
    {
        private long _dueLocal;
        private long _dueTrue = long.MaxValue;
        private TimeSpan _period;
        private bool _isArmed;
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed) return false;
            (_isArmed, _period) = (dueTime >= TimeSpan.Zero, period);
            if (_isArmed) Arm(process.Host.Clock.Now.Ticks + dueTime.Ticks);
            return true;
        }

        public override void Happen()
        {
            if (!_isArmed || agenda.Now < _dueTrue) return;
            // The clock may have been slowed down since.
            if (process.Host.Clock.Now.Ticks < _dueLocal) Arm(_dueLocal);
            else
            {
                _dueTrue = long.MaxValue;
                process.Ready(this);
            }
        }

        public void Execute()
        {
            if (!_isArmed) return;
            _isArmed = _period > TimeSpan.Zero;
            if (_isArmed) Arm(process.Host.Clock.Now.Ticks + _period.Ticks);
            callback(state);
        }

        public void Dispose() => (_isDisposed, _isArmed) = (true, false);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(long dueLocal)
        {
            (_dueLocal, _dueTrue) = (dueLocal, process.Host.Clock.TrueAt(dueLocal));
            agenda.At(_dueTrue, this);
        }
    }
}
