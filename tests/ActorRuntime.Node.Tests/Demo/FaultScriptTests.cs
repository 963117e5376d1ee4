using System.Collections.Immutable;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class FaultScriptTests
{
    private static readonly NodeKey One = new("node-1", 1);
    private static readonly NodeKey Two = new("node-2", 2);
    private static readonly NodeKey Returned = new("node-2", 9);

    [Fact]
    public void Fault_strikes_once_after_a_third_of_the_items()
    {
        var script = new FaultScript(new() { Fault = Fault.Kill }, 90);
        Assert.Null(Look(script, 1, 29, View(0, One, Two)));
        Assert.Equal(new FaultStep.Inject(Two), Look(script, 2, 30, View(0, One, Two)));
        Assert.Null(Look(script, 3, 31, View(0, One, Two)));
        Assert.Equal(Two, script.Victim);
    }

    [Fact]
    public void Fault_waits_until_every_flow_has_a_sender() =>
        Assert.Null(Look(new(new() { Fault = Fault.Kill }, 90), 1, 50, View(null, One, Two)));

    [Theory]
    [InlineData("freeze")]
    [InlineData("signal")]
    public void Fault_that_heals_is_over_when_the_node_is_back_as_another(string fault)
    {
        var script = new FaultScript(new() { Fault = Enum.Parse<Fault>(fault, true), FaultDuration = TimeSpan.FromSeconds(3) }, 90);
        Look(script, 10, 40, View(0, One, Two));
        Assert.Null(Look(script, 12.9, 50, View(1, One)));
        Assert.IsType<FaultStep.Heal>(Look(script, 13, 50, View(1, One)));
        Assert.False(script.IsOver(View(1, One)));
        Assert.True(script.IsOver(View(1, One, Returned)));
        Assert.False(script.IsOver(View(1, One, Two)));
    }

    [Fact]
    public void Restart_waits_for_the_loss_and_ends_with_fail_back()
    {
        var script = new FaultScript(new() { Fault = Fault.Kill, Restart = true }, 90);
        Look(script, 10, 40, View(0, One, Two));
        Assert.Null(Look(script, 20, 50, View(0, One, Two)));
        Assert.Null(Look(script, 11, 50, View(1, One)));
        Assert.IsType<FaultStep.Restart>(Look(script, 12, 50, View(1, One)));
        Assert.Null(Look(script, 13, 50, View(1, One)));
        Assert.False(script.IsOver(View(1, One, Returned)));
        Assert.True(script.IsOver(View(0, One, Returned)));
    }

    [Fact]
    public void Without_a_return_the_fault_is_over_once_every_flow_sends_again()
    {
        var script = new FaultScript(new() { Fault = Fault.Kill }, 90);
        Assert.False(script.IsOver(View(0, One, Two)));
        Look(script, 10, 40, View(0, One, Two));
        Assert.False(script.IsOver(View(null, One)));
        Assert.True(script.IsOver(View(1, One)));
    }

    private static FaultStep? Look(FaultScript script, double seconds, long items, ClusterView view) =>
        script.Next(TimeSpan.FromSeconds(seconds), items, view, victimHasEnded: true);

    /// <summary>The members given are up; one flow, its senders on the two nodes, the active one as given.</summary>
    private static ClusterView View(int? active, params NodeKey[] members)
    {
        var senders = ((UnitId[])[new("sender", "a"), new("sender", "b")])
            .Select((unit, i) => new SenderState(unit, i == active ? SenderStatus.Active : SenderStatus.Standby, 1, ""));
        var shards = ImmutableSortedDictionary<string, ShardState>.Empty
            .Add("a", new(3, Two, [], Two.Name)).Add("b", new(3, One, [], One.Name));
        return ClusterView.Empty with
        {
            Members = members.ToImmutableSortedDictionary(key => key.Name, key => new Member(
                new NodeFacts(key, "s", "127.0.0.1", 1, 2, "", "", [], "1"), MemberStatus.Up, (long)key.Incarnation, 1, [], null)),
            Types = ImmutableSortedDictionary<string, UnitType>.Empty.Add("sender", new("sender", 0, shards, [])),
            Flows = ImmutableSortedDictionary<string, FlowState>.Empty.Add("f", new(
                "f", new("receiver", "f"), [.. senders], 5, active, [], FailbackPolicy.Automatic, false, "{}")),
        };
    }
}
