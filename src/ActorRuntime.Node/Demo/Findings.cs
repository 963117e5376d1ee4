using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;

namespace ActorRuntime.Node.Demo;

/// <summary>What a fault must have led to beyond intact flows, read from the control log and the ends of the processes.</summary>
internal static class Findings
{
    /// <returns>One sentence for each thing that is not as it must be.</returns>
    public static ImmutableArray<string> Of(
        DemoOptions options, NodeKey? victim, Timeline timeline, IReadOnlyList<TimedEntry> log, IReadOnlyList<FlowRecovery> recoveries,
        IReadOnlyList<NodeReport> nodes)
    {
        var findings = new List<string>();
        if (options.Fault != Fault.None)
        {
            if (victim is { } node) OfFault(options, node, timeline, log, recoveries, findings);
            else findings.Add($"the input was through before the fault {options.FaultName} could strike; use a lower --rate");
        }
        foreach (var process in nodes)
        {
            var wasKilled = options.Fault is Fault.Kill or Fault.Orchestrator && !options.Restart && process.Name == victim?.Name;
            if (!wasKilled && process.ExitCode != 0)
                findings.Add($"{process.Name} ended with {process.ExitCode?.ToString() ?? "force"} instead of exit code 0");
        }
        return [.. findings];
    }

    private static void OfFault(
        DemoOptions options, NodeKey victim, Timeline timeline, IReadOnlyList<TimedEntry> log, IReadOnlyList<FlowRecovery> recoveries,
        List<string> findings)
    {
        var isDown = log.Any(row => row.Entry.Changes.Any(change => change is ControlChange.NodeDown down && down.Node == victim));
        if (options.Fault == Fault.Stop && isDown) findings.Add($"{victim.Name} was declared lost although it left in order");
        if (options.Fault != Fault.Stop && !isDown) findings.Add($"{victim.Name} was never declared lost");
        foreach (var flow in recoveries.Where(recovery => recovery.FirstItemAt is null))
            findings.Add($"{flow.Flow} applied no item after the loss");
        if ((options.Fault is Fault.Freeze or Fault.Signal || options.Restart) && timeline.Rejoined is null)
            findings.Add($"{victim.Name} did not come back as a new incarnation");
        if (options.Restart && timeline.FailedBack is null && recoveries.Any(recovery => recovery.SenderLost))
            findings.Add("the flows did not go back to their own senders");
    }
}
