using System.Diagnostics;

namespace ActorRuntime.Benchmarks;

/// <summary>Takes wall time and processor time of this process and of helpers it started.</summary>
internal sealed class Meter
{
    private readonly Process[] _processes;
    private readonly TimeSpan _cpu;
    private readonly long _start;

    private Meter(Process[] processes)
    {
        _processes = processes;
        _cpu = Cpu();
        _start = Stopwatch.GetTimestamp();
    }

    /// <summary>Starts the clock; <paramref name="helpers"/> are other processes that take part.</summary>
    public static Meter Start(params Process[] helpers)
    {
        GC.Collect();
        return new([Process.GetCurrentProcess(), .. helpers]);
    }

    public Sample Stop(long operations)
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        return new(operations, elapsed, Cpu() - _cpu);
    }

    private TimeSpan Cpu()
    {
        var total = TimeSpan.Zero;
        foreach (var process in _processes)
        {
            process.Refresh();
            total += process.TotalProcessorTime;
        }

        return total;
    }
}
