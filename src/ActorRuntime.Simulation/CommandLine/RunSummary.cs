using System.Text.Json;
using System.Text.Json.Serialization;
using ActorRuntime.Simulation.Scenarios;
using ActorRuntime.Simulation.World;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>What became of all runs of a scenario.</summary>
internal sealed record SummaryPart(
    string Scenario, int Seeds, IReadOnlyList<ulong> FailingSeeds, double SimulatedSeconds, double WallSeconds, SortedDictionary<string, long> Faults, long Failovers, long Checked,
    int OperatorWords, ulong Digest);

/// <summary>What became of all runs.</summary>
internal sealed class RunSummary(RunPlan plan)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<SummaryPart> _parts = [];

    public int Violations => _parts.Sum(static part => part.FailingSeeds.Count);

    public SummaryPart Add(Scenario scenario, IReadOnlyCollection<RunReport> reports, TimeSpan wall)
    {
        var (faults, digest) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new TraceDigest());
        foreach (var report in reports)
        {
            digest.Add(report.TraceDigest);
            foreach (var (kind, count) in report.Faults) faults[kind.ToString()] = faults.GetValueOrDefault(kind.ToString()) + count;
        }
        var part = new SummaryPart(
            scenario.Name, reports.Count, [.. reports.Where(static report => report.Violation is not null).Select(static report => report.Seed)],
            reports.Sum(static report => report.Simulated.TotalSeconds), wall.TotalSeconds, faults, reports.Sum(static report => (long)report.Losses),
            reports.Sum(static report => report.Handled + report.Events + report.Views), reports.Sum(static report => report.OperatorWords), digest.Value);
        _parts.Add(part);
        return part;
    }

    public string ToJson()
    {
        var (faults, digest) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new TraceDigest());
        foreach (var part in _parts)
        {
            digest.Add((long)part.Digest);
            foreach (var (kind, count) in part.Faults) faults[kind] = faults.GetValueOrDefault(kind) + count;
        }
        return JsonSerializer.Serialize(
            new Json(
                plan.Scenarios.Count == 1 ? plan.Scenarios[0].Name : "all", plan.Seeds.ToString(), Violations, [.. _parts.SelectMany(static part => part.FailingSeeds)],
                Math.Round(_parts.Sum(static part => part.SimulatedSeconds), 3), Math.Round(_parts.Sum(static part => part.WallSeconds), 3), faults,
                _parts.Sum(static part => part.Failovers), _parts.Sum(static part => part.Checked), _parts.Sum(static part => part.OperatorWords), digest.ToString()),
            Options);
    }

    private sealed record Json(
        string Scenario, string Seeds, int Violations, ulong[] FailingSeeds, double SimulatedSeconds, double WallSeconds, SortedDictionary<string, long> Faults, long Failovers,
        [property: JsonPropertyName("invariant_checks")] long Checks, int OperatorWords, string TraceDigest);
}
