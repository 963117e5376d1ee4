using Spectre.Console;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>The result for a person.</summary>
internal sealed class SummaryTable
{
    private readonly Table _table = new Table().AddColumns("scenario", "seeds", "failed", "simulated s", "wall s", "sim s/s", "faults", "fail-overs", "operator", "checks");

    public void Add(SummaryPart part)
    {
        string[] cells =
        [
            part.Scenario, $"{part.Seeds}", part.FailingSeeds.Count == 0 ? "0" : $"{part.FailingSeeds.Count}: {string.Join(' ', part.FailingSeeds.Take(8))}",
            $"{part.SimulatedSeconds:0}", $"{part.WallSeconds:0.0}", $"{part.SimulatedSeconds / Math.Max(part.WallSeconds, 1e-9):0}", $"{part.Faults.Values.Sum()}", $"{part.Failovers}",
            $"{part.OperatorWords}", $"{part.Checked}",
        ];
        _table.AddRow([.. cells.Select(Markup.Escape)]);
        if (part.Faults.Count > 0) Console.Error.WriteLine($"{part.Scenario}: {string.Join(", ", part.Faults.Select(static fault => $"{fault.Value} {fault.Key}"))}");
    }

    public void Write(RunSummary summary)
    {
        TableConsole.Write(_table);
        Console.WriteLine(summary.Violations == 0 ? "every invariant held" : $"{summary.Violations} runs broke an invariant");
    }
}
