using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>The clocks of one machine: they run at a rate of their own, and the wall clock may be set.</summary>
/// <remarks>The monotonic clock stands for CLOCK_BOOTTIME: it goes on while a process is stopped, and is never set.</remarks>
internal sealed class SimulatedClock(Agenda agenda)
{
    private const long Million = 1_000_000;
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _trueBase;
    private long _localBase = TimeSpan.TicksPerHour; // No node starts at zero.
    private long _wallOffset;

    /// <summary>By how many millionths the clock is fast; negative: slow.</summary>
    public int PartsPerMillion { get; private set; }

    /// <summary>The monotonic clock.</summary>
    public MonotonicTime Now => new(LocalAt(agenda.Now));

    /// <summary>The wall clock.</summary>
    public DateTimeOffset WallNow => Start.AddTicks(LocalAt(agenda.Now) + _wallOffset);

    /// <summary>Changes the rate from now on.</summary>
    public void Drift(int partsPerMillion)
    {
        (_localBase, _trueBase) = (LocalAt(agenda.Now), agenda.Now);
        PartsPerMillion = partsPerMillion;
    }

    /// <summary>Sets the wall clock forward, or back.</summary>
    public void SetWall(TimeSpan by) => _wallOffset += by.Ticks;

    /// <summary>True time at which the monotonic clock will show <paramref name="local"/>, at this rate.</summary>
    public long TrueAt(long local) => Math.Max(agenda.Now, _trueBase + CeilingOf(local - _localBase));

    private long LocalAt(long trueTime)
    {
        var passed = trueTime - _trueBase;
        return _localBase + passed + passed * PartsPerMillion / Million; // Without overflow for 29 years.
    }

    private long CeilingOf(long local)
    {
        var rate = Million + PartsPerMillion;
        return local / rate * Million + (local % rate * Million + rate - 1) / rate;
    }
}
