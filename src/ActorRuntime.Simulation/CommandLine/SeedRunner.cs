#pragma warning disable RS0030 // The command line is outside the simulated world: it measures real time and uses real processors.
using System.Diagnostics;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>Runs seeds on all processors, each in one thread, and tells about it.</summary>
internal sealed class SeedRunner(RunPlan plan)
{
    private const int StackBytes = 16 << 20, FailuresToldMax = 5;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, RunReport> _reports = [];
    private ulong _next;

    /// <returns>The exit code.</returns>
    public int Run(CancellationToken cancellationToken)
    {
        var summary = new RunSummary(plan);
        var table = new SummaryTable();
        foreach (var scenario in plan.Scenarios)
        {
            var clock = Stopwatch.StartNew();
            RunAll(scenario, clock, cancellationToken);
            var part = summary.Add(scenario, _reports.Values, clock.Elapsed);
            if (!plan.IsJson) table.Add(part);
            foreach (var failed in _reports.Values.Where(static report => report.Violation is not null).Take(FailuresToldMax)) new Explanation(plan, scenario, failed).Write(Console.Out);
            _reports.Clear();
            if (cancellationToken.IsCancellationRequested) break;
        }
        if (plan.IsJson) Console.WriteLine(summary.ToJson());
        else table.Write(summary);
        return cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : summary.Violations == 0 ? ExitCode.Success : ExitCode.Violated;
    }

    private void RunAll(Scenario scenario, Stopwatch clock, CancellationToken cancellationToken)
    {
        _next = plan.Seeds.First;
        var workers = Enumerable.Range(0, plan.IsVerbose ? 1 : Math.Min(plan.Parallel, (int)Math.Min(plan.Seeds.Count, int.MaxValue)))
            .Select(_ => new Thread(() => Work(scenario, cancellationToken), StackBytes) { IsBackground = true }).ToArray();
        foreach (var worker in workers) worker.Start();
        for (var told = clock.Elapsed; Array.Exists(workers, static worker => worker.IsAlive);)
        {
            Array.Find(workers, static worker => worker.IsAlive)?.Join(ProgressEvery / 20);
            if (clock.Elapsed - told < ProgressEvery) continue;
            told = clock.Elapsed;
            TellProgress(scenario, clock.Elapsed);
        }
    }

    private void Work(Scenario scenario, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            ulong seed;
            lock (_lock)
            {
                if (_next - plan.Seeds.First >= plan.Seeds.Count) return;
                seed = _next++;
            }
            var report = plan.Run(scenario, seed, plan.IsVerbose);
            if (plan.IsVerbose) Tell(report);
            lock (_lock) _reports.Add(seed, report with { Story = null });
        }
    }

    private void Tell(RunReport report)
    {
        foreach (var line in report.Story!)
        {
            if (line.At <= plan.Until) Console.WriteLine(line);
        }
        Console.WriteLine($"seed {report.Seed}: {report.Simulated.TotalSeconds:0.0} s simulated, {report.Steps} steps, digest {report.TraceDigest}");
    }

    private void TellProgress(Scenario scenario, TimeSpan elapsed)
    {
        lock (_lock)
        {
            var simulated = _reports.Values.Sum(static report => report.Simulated.TotalSeconds);
            var failed = _reports.Values.Count(static report => report.Violation is not null);
            var (runs, speed) = (_reports.Count / elapsed.TotalSeconds, simulated / elapsed.TotalSeconds);
            Console.Error.WriteLine($"{scenario.Name}: {_reports.Count} of {plan.Seeds.Count} seeds, {runs:0.0} runs/s, {speed:0} simulated s/s, {failed} failed");
        }
    }
}
