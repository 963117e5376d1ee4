using System.Collections.Immutable;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class FaultPlanTests
{
    private static readonly NodeKey One = new("node-1", 1);
    private static readonly NodeKey Two = new("node-2", 2);
    private static readonly NodeKey Three = new("node-3", 3);

    [Fact]
    public void Node_with_the_most_active_senders_is_hit() =>
        Assert.Equal(Two, FaultPlan.Victim(View(orchestrator: One, One, Two, Two), Fault.Kill));

    [Fact]
    public void Of_equals_the_one_that_does_not_decide_is_hit() =>
        Assert.Equal(Two, FaultPlan.Victim(View(orchestrator: One, One, Two), Fault.Freeze));

    [Fact]
    public void Fault_of_the_orchestrator_hits_the_orchestrator() =>
        Assert.Equal(Three, FaultPlan.Victim(View(orchestrator: Three, One, One), Fault.Orchestrator));

    [Fact]
    public void No_fault_hits_nobody() => Assert.Null(FaultPlan.Victim(View(One, One), Fault.None));

    [Fact]
    public void Muted_flow_counts_for_nobody()
    {
        var view = View(orchestrator: One, Two, Three);
        view = view with { Flows = view.Flows.SetItem("f0", view.Flows["f0"] with { Active = null }) };
        Assert.Equal(Three, FaultPlan.Victim(view, Fault.Kill));
    }

    /// <summary>Three members up; flow i sends from the i-th of the given nodes.</summary>
    private static ClusterView View(NodeKey orchestrator, params NodeKey[] senders)
    {
        var members = ((NodeKey[])[One, Two, Three]).ToImmutableSortedDictionary(key => key.Name, key => new Member(
            new NodeFacts(key, "s", "127.0.0.1", 1, 2, "", "", [], "1"), MemberStatus.Up, (long)key.Incarnation, 1, [], null));
        var shards = senders.Select((node, i) => KeyValuePair.Create($"s{i}", new ShardState(5, node, [], node.Name)));
        var flows = senders.Select((_, i) => KeyValuePair.Create($"f{i}", new FlowState(
            $"f{i}", new UnitId("receiver", $"r{i}"), [new SenderState(new UnitId("sender", $"s{i}"), SenderStatus.Active, 5, "")], 5, 0,
            [], FailbackPolicy.Automatic, false, "{}")));
        return ClusterView.Empty with
        {
            Version = 9,
            Members = members,
            Orchestrator = new(4, orchestrator),
            Types = ImmutableSortedDictionary<string, UnitType>.Empty
                .Add("sender", new("sender", 0, shards.ToImmutableSortedDictionary(), [])),
            Flows = flows.ToImmutableSortedDictionary(),
        };
    }
}
