using System.Diagnostics;
using System.Text.Json;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Benchmarks;

/// <summary>A mixed load for minutes, in one process, whose memory has to stay flat.</summary>
/// <remarks>
/// Closed loops only, so that nothing waits in queues by itself: pairs of actors in volleys, asks, actors that are made, watched, fail once and end, timers that are set and
/// cancelled, stashes, and a bounded mailbox that is flooded. Between the samples everything runs; for a sample the heap is collected. The first tenth warms up; then the median of
/// the first quarter of samples is compared with that of the last.
/// </remarks>
internal static class SoakBenchmark
{
    private const int Samples = 40;
    private const int WarmUpSamples = Samples / 10;
    private const double HeapGrowthMax = 1.10;
    private const double WorkingSetGrowthMax = 1.15;
    private const long HeapSlackBytes = 4L << 20;
    private const long WorkingSetSlackBytes = 32L << 20;

    private const string Configuration = """
        actor-runtime.actor.log-dead-letters = 0
        narrow { mailbox-type = "ActorRuntime.Dispatch.BoundedMailbox", mailbox-capacity = 100, mailbox-push-timeout-time = 20ms }
        """;

    /// <summary>Runs it and prints one line.</summary>
    /// <returns>0 when memory stayed flat and every loop made progress, else 1.</returns>
    public static async Task<int> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var system = ActorSystem.Create("soak", ConfigurationFactory.ParseString(Configuration));
        Loop[] loops =
        [
            ..Enumerable.Range(0, 4).Select(_ => new Loop("volleys", loop => SoakActors.StartVolley(system, loop))),
            new("asks", loop => SoakActors.AskAsync(system, loop)),
            new("lives", loop => SoakActors.LiveAsync(system, loop)),
            new("timers", loop => SoakActors.StartTimers(system, loop)),
            new("stashes", loop => SoakActors.StashAsync(system, loop)),
            new("floods", loop => SoakActors.FloodAsync(system, loop)),
        ];
        var running = loops.Select(loop => loop.Start(loop)).ToArray();

        var (heap, workingSet) = (new List<double>(), new List<double>());
        var meter = Meter.Start();
        var stalled = "";
        for (var sample = 0; sample < Samples && stalled.Length == 0; sample++)
        {
            var before = loops.Select(loop => loop.Count).ToArray();
            await Task.Delay(duration / Samples, cancellationToken).ConfigureAwait(false);
            if (Array.FindIndex(loops, loop => loop.Count == before[Array.IndexOf(loops, loop)]) is var still and >= 0) stalled = loops[still].Name;
            if (sample < WarmUpSamples) continue;
            heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            workingSet.Add(WorkingSet());
        }

        foreach (var loop in loops) loop.IsStopped = true;
        var total = meter.Stop(loops.Sum(loop => loop.Count));
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromMinutes(1), cancellationToken).ConfigureAwait(false);
        await system.Terminate().WaitAsync(TimeSpan.FromMinutes(1), cancellationToken).ConfigureAwait(false);

        var isFlat = IsFlat(heap, HeapGrowthMax, HeapSlackBytes) && IsFlat(workingSet, WorkingSetGrowthMax, WorkingSetSlackBytes);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            name = "soak",
            minutes = Math.Round(total.Elapsed.TotalMinutes, 2),
            operations = loops.GroupBy(loop => loop.Name).ToDictionary(g => g.Key, g => g.Sum(loop => loop.Count)),
            cpu_ns_per_op = Math.Round(total.Cpu.TotalNanoseconds / total.Operations),
            heap_mib_first = MiB(First(heap)),
            heap_mib_last = MiB(Last(heap)),
            working_set_mib_first = MiB(First(workingSet)),
            working_set_mib_last = MiB(Last(workingSet)),
            stalled,
            verdict = stalled.Length > 0 ? "a loop stands still" : isFlat ? "flat" : "grows",
        }));
        return isFlat && stalled.Length == 0 ? 0 : 1;
    }

    private static bool IsFlat(List<double> samples, double growthMax, long slackBytes) => Last(samples) <= First(samples) * growthMax + slackBytes;

    private static double First(List<double> samples) => Median(samples.Take(Math.Max(1, samples.Count / 4)));

    private static double Last(List<double> samples) => Median(samples.TakeLast(Math.Max(1, samples.Count / 4)));

    private static double Median(IEnumerable<double> samples) => samples.Order().ToArray() is { Length: > 0 } sorted ? sorted[sorted.Length / 2] : 0;

    private static double MiB(double bytes) => Math.Round(bytes / (1 << 20), 1);

    private static double WorkingSet()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    /// <summary>One kind of load and how often it came round.</summary>
    internal sealed class Loop(string name, Func<Loop, Task> start)
    {
        private long _count;

        public string Name { get; } = name;

        public Func<Loop, Task> Start { get; } = start;

        public volatile bool IsStopped;

        public long Count => Interlocked.Read(ref _count);

        public void Passed() => Interlocked.Increment(ref _count);
    }
}
