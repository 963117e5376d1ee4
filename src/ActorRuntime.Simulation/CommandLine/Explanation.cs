using System.Reflection;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>Why a run failed, as short as it can be told: it is run again and its story kept.</summary>
internal sealed class Explanation(RunPlan plan, Scenario scenario, RunReport failed)
{
    private const int DecisionsMax = 15, MessagesMax = 25;

    public void Write(TextWriter to)
    {
        var violation = failed.Violation!;
        var again = plan.Run(scenario, failed.Seed, isRecording: true);
        to.WriteLine();
        to.WriteLine($"seed {failed.Seed} of {scenario.Name}, build {Build()}: {violation.Invariant} broken at {violation.At.TotalSeconds:0.000} s");
        to.WriteLine($"  {violation.Explanation}");
        if (again.TraceDigest != failed.TraceDigest) to.WriteLine("  WARNING: run again it took another course: something is not deterministic");
        to.WriteLine("faults of its script, by number:");
        for (var i = 0; i < failed.Script.Length; i++) to.WriteLine($"  {plan.Only?[i] ?? i,3} {failed.Script[i]}");
        to.WriteLine("last decisions:");
        foreach (var line in again.Story!.Where(static line => line.IsDecision).TakeLast(DecisionsMax)) to.WriteLine($"  {Short(line)}");
        to.WriteLine("last messages:");
        foreach (var line in again.Story!.Where(static line => line.IsMessage).TakeLast(MessagesMax)) to.WriteLine($"  {line}");
        to.WriteLine("again, with everything:");
        to.WriteLine($"  {plan.CommandFor(scenario, failed.Seed, plan.Only)} --verbose");
        to.WriteLine("with as few faults as needed:");
        to.WriteLine($"  {plan.CommandFor(scenario, failed.Seed, null).Replace(" -- run ", " -- shrink ", StringComparison.Ordinal)}");
        to.WriteLine();
    }

    private static string Build() => typeof(Explanation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Short(RecordedLine line)
    {
        const int lengthMax = 220;
        var text = line.ToString();
        return text.Length <= lengthMax ? text : text[..lengthMax] + "…";
    }
}
