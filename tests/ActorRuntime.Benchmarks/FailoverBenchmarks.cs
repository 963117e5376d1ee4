using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ActorRuntime.Benchmarks;

/// <summary>How long a fault interrupts flows, from the report of the demonstration: <c>ActorRuntime.Node demo --json</c>.</summary>
/// <remarks>
/// Each run starts three node processes, and counts only if the demonstration ended with 0: nothing lost, doubled or reordered. CPU is that
/// of all processes from start to end, divided by the items streamed; the kernel adds it up for children that have ended.
/// </remarks>
internal static class FailoverBenchmarks
{
    private const int ItemsPerSecond = 6_000;
    private const int KernelTicksPerSecond = 100;

    /// <summary>From the fault until the last affected flow has applied an item again; for an orderly stop the longest silence of a
    /// flow.</summary>
    public static IEnumerable<Case> Failover()
    {
        foreach (var fault in (string[])["kill", "freeze", "signal", "stop", "orchestrator"])
        {
            var unit = fault == "stop" ? "ms silence" : "ms to first item";
            yield return new(fault, unit, () => DemonstrateAsync(fault), sample => sample.Found, WarmsUp: false);
        }
    }

    private static async Task<Sample> DemonstrateAsync(string fault)
    {
        var (start, cpu) = (Stopwatch.GetTimestamp(), CpuOfEndedChildren());
        using var demo = Helper.StartNode(
            "demo", "--json", "--fault", fault, "--rate", ItemsPerSecond.ToString(CultureInfo.InvariantCulture));
        var told = demo.StandardError.ReadToEndAsync();
        var output = await demo.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await demo.WaitForExitAsync().ConfigureAwait(false);
        if (demo.ExitCode != 0)
        {
            var errors = await told.ConfigureAwait(false);
            throw new InvalidOperationException($"demo --fault {fault} ended with {demo.ExitCode}:\n{output}\n{errors}");
        }
        using var report = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
        var (total, timeline) = (report.RootElement.GetProperty("total"), report.RootElement.GetProperty("timeline"));
        var milliseconds = fault == "stop" ? total.GetProperty("silence_ms") : timeline.GetProperty("first_item_after");
        var items = total.GetProperty("items_out").GetInt64();
        return new Sample(items, Stopwatch.GetElapsedTime(start), CpuOfEndedChildren() - cpu, milliseconds.GetDouble());
    }

    /// <summary>Of all children of this process that have ended, with theirs; zero where the kernel does not tell (not Linux).</summary>
    private static TimeSpan CpuOfEndedChildren()
    {
        const string path = "/proc/self/stat";
        if (!File.Exists(path)) return TimeSpan.Zero;
        var text = File.ReadAllText(path);
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // The name may contain anything; from the third field on.
        return TimeSpan.FromSeconds((Number(16) + Number(17)) / KernelTicksPerSecond);

        double Number(int field) => double.Parse(fields[field - 3], CultureInfo.InvariantCulture);
    }
}
