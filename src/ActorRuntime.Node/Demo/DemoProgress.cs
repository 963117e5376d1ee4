using System.Collections.Immutable;
using System.Globalization;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;

namespace ActorRuntime.Node.Demo;

/// <summary>How a node stands while the demonstration runs.</summary>
/// <param name="Status">As the control log has it, or <c>starting</c>.</param>
/// <param name="Senders">Flows that send from it.</param>
/// <param name="Decides">It is the orchestrator.</param>
internal sealed record NodeProgress(string Name, string Status, int Senders, bool Decides);

/// <summary>One look at the running demonstration.</summary>
/// <param name="Items">Items that receivers have persisted.</param>
/// <param name="Muted">Senders that are muted.</param>
/// <param name="Waiting">Flows that nobody sends for at the moment.</param>
internal sealed record DemoProgress(
    TimeSpan Elapsed, long Items, long ItemsTotal, ImmutableArray<NodeProgress> Nodes, int Muted, int Waiting)
{
    /// <summary>Reads the look from a view.</summary>
    /// <param name="names">Names of all nodes of the run, joined or not.</param>
    public static DemoProgress Of(TimeSpan elapsed, long items, long itemsTotal, ClusterView view, IEnumerable<string> names) => new(
        elapsed, items, itemsTotal, [.. names.Select(name => Node(view, name))],
        view.Flows.Values.Sum(flow => flow.Senders.Count(sender => sender.Status == SenderStatus.Muted)),
        view.Flows.Values.Count(flow => flow.Active is null));

    /// <summary>All of it on one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Elapsed.TotalSeconds,5:N1} s  {Items,9:N0} of {ItemsTotal:N0} items  {string.Join("  ", Nodes.Select(Show))}  muted {Muted}");

    private static string Show(NodeProgress node) =>
        $"{node.Name} {node.Status}{(node.Decides ? "*" : "")} {node.Senders}";

    private static NodeProgress Node(ClusterView view, string name) => view.Members.TryGetValue(name, out var member)
        ? new(name, member.Status.ToString().ToLowerInvariant(), ClusterTables.ActiveSenders(view, member.Key),
            view.Orchestrator?.Node == member.Key && member.Status != MemberStatus.Down)
        : new(name, "starting", 0, false);
}
