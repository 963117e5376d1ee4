using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;

namespace ActorRuntime.Node.Demo;

/// <summary>The fault as the run knows it: everything else about it is read from what is persisted.</summary>
/// <param name="At">Wall clock right before the injection.</param>
/// <param name="AfterItems">Items persisted by then.</param>
/// <param name="View">The view at that moment.</param>
internal sealed record StruckFault(NodeKey Victim, DateTimeOffset At, long AfterItems, ClusterView View);

/// <summary>Computes the report from the store and the input file, after all nodes have ended.</summary>
/// <param name="receiverNode">The node on which a flow's receiver runs, by a view.</param>
internal sealed class Evaluation(
    DemoOptions options, InputFile input, FlowJournals journals, LogHistory history, Func<ClusterView, FlowState, NodeKey?> receiverNode)
{
    public async Task<DemoReport> RunAsync(StruckFault? fault, IReadOnlyList<NodeReport> nodes, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(0, options.Flows).Select(DemoNode.FlowName).ToArray();
        var tallies = names.Select(name => new FlowTally(name)).ToArray();
        var recoveries = fault is null ? [] : Affected(fault);
        try
        {
            foreach (var item in InputFile.ReadLines(input.Path, InputFile.LineBytesMax)) tallies[item.Line % options.Flows].Expect(item);
            for (var i = 0; i < names.Length; i++)
            {
                var recovery = recoveries.GetValueOrDefault(names[i]);
                await foreach (var fact in journals.ReadAsync(names[i], cancellationToken).ConfigureAwait(false))
                {
                    tallies[i].Take(fact);
                    recovery?.Take(fact);
                }
            }
            var digest = await MergedDigest.OfAsync(names.Select(name => journals.ReadAsync(name, cancellationToken)), cancellationToken)
                .ConfigureAwait(false);
            return Compose(fault, [.. tallies.Select(tally => tally.Report())], digest, recoveries, nodes);
        }
        finally
        {
            foreach (var tally in tallies) tally.Dispose();
        }
    }

    private DemoReport Compose(
        StruckFault? fault, ImmutableArray<FlowReport> flows, string digest, SortedDictionary<string, RecoveryTally> tallies,
        IReadOnlyList<NodeReport> nodes)
    {
        FlowRecovery[] recoveries = [.. tallies.Values.Where(tally => !tally.HadNothingLeft).Select(tally => tally.Result())];
        var timeline = fault is null ? Timeline.Empty : Timeline.Of(fault.At, fault.Victim, history.Entries, recoveries);
        return new(
            input.Path, DemoReport.TotalOf(flows, input.Sha256, digest), flows,
            new(options.FaultName, fault?.Victim.Name, fault?.At, fault?.AfterItems), timeline, [.. nodes],
            Findings.Of(options, fault?.Victim, timeline, history.Entries, recoveries, nodes));
    }

    /// <summary>Flows whose active sender or receiver lived on the victim.</summary>
    private SortedDictionary<string, RecoveryTally> Affected(StruckFault fault)
    {
        var affected = new SortedDictionary<string, RecoveryTally>(StringComparer.Ordinal);
        foreach (var flow in fault.View.Flows.Values)
        {
            var senderLost = ClusterTables.SenderOf(fault.View, flow) == fault.Victim;
            var receiverLost = receiverNode(fault.View, flow) == fault.Victim;
            if (senderLost || receiverLost)
                affected.Add(flow.Name, new(flow.Name, senderLost, receiverLost, flow.Term, MovedAt(fault, flow, senderLost)));
        }
        return affected;
    }

    /// <summary>When the entry was durable after which the old sender, or the old receiver, no longer counts.</summary>
    private DateTimeOffset? MovedAt(StruckFault fault, FlowState flow, bool senderLost) => history.Entries.FirstOrDefault(row =>
        row.CommittedAt >= fault.At && row.Entry.Changes.Any(change => change switch
        {
            ControlChange.NodeDown down => down.Node == fault.Victim,
            ControlChange.FlowSwitched switched => senderLost && switched.Flow == flow.Name && switched.To is not null,
            ControlChange.ShardsPlaced placed => !senderLost && placed.Type == flow.Receiver.Type,
            _ => false,
        }))?.CommittedAt;
}
