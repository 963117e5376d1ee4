using System.CommandLine;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>The verb <c>shrink</c>.</summary>
internal sealed class ShrinkCommand : Command
{
    private readonly Option<string> _seed = new("--seeds") { Description = "the failing seed", Required = true, HelpName = "SEED" };
    private readonly Option<string> _scenario = new("--scenario") { Description = "its scenario", DefaultValueFactory = static _ => "chaos", HelpName = "NAME" };
    private readonly Option<int?> _nodes = new("--nodes") { Description = "number of nodes it failed with", HelpName = "N" };
    private readonly Option<string?> _sabotage = new("--sabotage") { Description = "what was broken in it", HelpName = "NAME" };

    public ShrinkCommand()
        : base("shrink", "Removes faults from the script of a failing seed while the same invariant is still broken, and prints what is left.")
    {
        foreach (var option in (Option[])[_seed, _scenario, _nodes, _sabotage]) Add(option);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var seeds = SeedRange.Parse(parsed.GetValue(_seed)!);
            if (seeds.Count != 1) throw new FormatException("shrink needs one seed");
            if (RunCommand.ScenariosOf(parsed.GetValue(_scenario)!) is not [var scenario]) throw new FormatException("shrink needs one scenario");
            return Shrink(new RunPlan([scenario], seeds, parsed.GetValue(_nodes), RunCommand.SabotageOf(parsed.GetValue(_sabotage)), null), scenario, cancellationToken);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadUsage;
        }
    }

    /// <summary>Larger parts first, then smaller ones, until no single fault can go (Zeller and Hildebrandt 2002, without complements).</summary>
    private static int Shrink(RunPlan plan, Scenario scenario, CancellationToken cancellationToken)
    {
        var seed = plan.Seeds.First;
        var whole = plan.Run(scenario, seed, isRecording: false);
        if (whole.Violation is not { } violation)
        {
            Console.WriteLine($"seed {seed} of {scenario.Name} breaks no invariant");
            return ExitCode.Success;
        }
        List<int> kept = [.. Enumerable.Range(0, whole.Script.Length)];
        for (var size = Math.Max(1, kept.Count / 2); size >= 1 && !cancellationToken.IsCancellationRequested; size /= 2)
        {
            for (var from = 0; from < kept.Count && !cancellationToken.IsCancellationRequested;)
            {
                List<int> without = [.. kept.Take(from), .. kept.Skip(from + size)];
                var isStillBroken = (plan with { Only = without }).Run(scenario, seed, isRecording: false).Violation?.Invariant == violation.Invariant;
                Console.Error.WriteLine($"{kept.Count} faults, without {size} of them: {(isStillBroken ? "still broken" : "holds")}");
                if (isStillBroken) kept = without;
                else from += size;
            }
        }
        var shrunk = plan with { Only = kept };
        new Explanation(shrunk, scenario, shrunk.Run(scenario, seed, isRecording: false)).Write(Console.Out);
        return cancellationToken.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Violated;
    }
}
