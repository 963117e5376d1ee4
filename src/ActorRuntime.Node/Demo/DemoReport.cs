using System.Collections.Immutable;

namespace ActorRuntime.Node.Demo;

/// <summary>How one node process ended up.</summary>
/// <param name="Incarnations">How often it entered the cluster.</param>
/// <param name="ExitCode">Null when it had to be ended by force.</param>
internal sealed record NodeReport(string Name, int ProcessId, int Incarnations, int? ExitCode);

/// <summary>The fault as it was injected.</summary>
/// <param name="Kind">Name as on the command line.</param>
/// <param name="Node">Where; null for none.</param>
/// <param name="At">Wall clock of the injection.</param>
/// <param name="AfterItems">Items that receivers had persisted by then.</param>
internal sealed record FaultReport(string Kind, string? Node, DateTimeOffset? At, long? AfterItems);

/// <summary>The outcome of a run, computed after its end from the store and from the input file alone.</summary>
/// <param name="Findings">What else must hold for this fault and did not; empty when all does.</param>
internal sealed record DemoReport(
    string Input, FlowReport Total, ImmutableArray<FlowReport> Flows, FaultReport Fault, Timeline Timeline,
    ImmutableArray<NodeReport> Nodes, ImmutableArray<string> Findings)
{
    /// <summary>True when nothing was lost, doubled, reordered or altered, in any flow and over all.</summary>
    public bool Succeeded => Total.IsIntact && Flows.All(flow => flow.IsIntact) && Findings.IsEmpty;

    /// <summary>Adds up the flows; the digests over all are taken over the whole file and over all items by source offset.</summary>
    public static FlowReport TotalOf(IReadOnlyList<FlowReport> flows, string sha256In, string sha256Out) => new(
        "total", flows.Sum(flow => flow.ItemsIn), flows.Sum(flow => flow.ItemsOut), flows.Sum(flow => flow.Lost),
        flows.Sum(flow => flow.Duplicated), flows.Sum(flow => flow.Reordered), flows.Sum(flow => flow.Foreign),
        flows.Sum(flow => flow.Fenced), sha256In, sha256Out, flows.Sum(flow => flow.RefusedFromMuted),
        flows.Count == 0 ? 0 : flows.Max(flow => flow.SilenceMs));
}
