using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>A process of the operating system: runs while it lives and is not stopped.</summary>
internal sealed class SimulatedProcess(Agenda agenda, SimulatedHost host, string name, int id, Prng latency)
{
    private const int LatencyPercent = 5; // Of all work.

    private readonly List<IThreadPoolWorkItem> _held = [];

    /// <summary>The machine it runs on.</summary>
    public SimulatedHost Host { get; } = host;

    /// <summary>Name of its node.</summary>
    public string Name { get; } = name;

    /// <summary>Process id, unique in the run.</summary>
    public int Id { get; } = id;

    /// <summary>False once it was killed or has ended.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>True between SIGSTOP and SIGCONT.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>True time at which it ran again after its last stop; minus infinity before the first.</summary>
    public long ThawedAt { get; private set; } = long.MinValue;

    /// <summary>What ended it by itself: an exception that nobody caught.</summary>
    public Exception? Crash { get; private set; }

    /// <summary>How long work may wait for a processor; zero: it runs at the instant it is ready.</summary>
    public TimeSpan LatencyMax { get; set; }

    /// <summary>Releases what the kernel holds for it: sockets, locks.</summary>
    public event Action<SimulatedProcess, bool>? Ended;

    /// <summary>Work of this process; it may have to wait for a processor first.</summary>
    public void Ready(IThreadPoolWorkItem item)
    {
        if (!IsAlive) return;
        if (LatencyMax > TimeSpan.Zero && latency.Chance(LatencyPercent)) agenda.At(agenda.Now + latency.Below(LatencyMax).Ticks, new Delayed(agenda, this, item));
        else agenda.Ready(this, item);
    }

    /// <summary>Runs an item now, unless the process is gone; while it is stopped it is kept.</summary>
    public void Run(IThreadPoolWorkItem item)
    {
        if (!IsAlive) return;
        if (IsFrozen)
        {
            _held.Add(item);
            return;
        }
#pragma warning disable CA1031 // What nobody catches ends a process; here the run has to say which and why.
        try
        {
            item.Execute();
        }
        catch (Exception e)
        {
            Crash = e;
            End(isSilent: false);
        }
#pragma warning restore CA1031
    }

    /// <summary>SIGSTOP: nothing of it runs, its sockets still take bytes in.</summary>
    public void Freeze() => IsFrozen = true;

    /// <summary>SIGCONT.</summary>
    public void Thaw()
    {
        if (!IsFrozen) return;
        (IsFrozen, ThawedAt) = (false, agenda.Now);
        foreach (var item in _held) agenda.Ready(this, item);
        _held.Clear();
    }

    /// <summary>SIGKILL, or an orderly end.</summary>
    /// <param name="isSilent">As with a power cut: no peer is told that its connections are closed.</param>
    public void End(bool isSilent)
    {
        if (!IsAlive) return;
        IsAlive = false;
        _held.Clear();
        Ended?.Invoke(this, isSilent);
    }

    private sealed class Delayed(Agenda agenda, SimulatedProcess process, IThreadPoolWorkItem item) : Happening
    {
        public override void Happen() => agenda.Ready(process, item);
    }
}
