using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Commands;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class TimelineTests
{
    private static readonly DateTimeOffset Fault = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly NodeKey Victim = new("node-2", 7);
    private static readonly NodeKey Other = new("node-1", 8);

    [Fact]
    public void Steps_of_a_loss_come_from_the_log_and_the_receivers_events()
    {
        var timeline = Timeline.Of(Fault, Victim, [
            Row(10, -500, 1, new ControlChange.FlowSwitched("f1", 1, 0, [], "earlier")),
            Row(11, 40, 5, Down(Victim, 20, 30), new ControlChange.FlowSwitched("f1", 10, 1, [], "lost")),
            Row(12, 900, 1, Joined(new NodeKey("node-2", 9))),
            Row(13, 5000, 1, new ControlChange.FlowSwitched("f1", 11, 0, [], "fail-back")),
            Row(14, 9000, 1, new ControlChange.NodeLeaving(Other)),
            Row(15, 9001, 1, new ControlChange.FlowSwitched("f1", 13, 0, [], "the end of the run")),
        ], [new("f1", true, false, At(60), At(80)), new("f2", false, true, At(70), At(75))]);

        Assert.Equal((20.0, 30.0, 35.0, 40.0), (timeline.Suspected, timeline.Confirmed, timeline.Decided, timeline.Muted));
        Assert.Equal((70.0, 80.0, "f1"), (timeline.Activated, timeline.FirstItemAfter, timeline.LastFlow));
        Assert.Equal((900.0, 5000.0), (timeline.Rejoined, timeline.FailedBack));
        Assert.StartsWith("lock-file of node-1", timeline.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_nodes_loss_is_not_this_fault()
    {
        var timeline = Timeline.Of(Fault, Victim, [Row(11, 40, 5, Down(Other, 20, 30))], []);
        Assert.Null(timeline.Suspected);
        Assert.Null(timeline.Muted);
    }

    [Fact]
    public void Orderly_stop_is_decided_with_the_first_switch_and_suspected_by_nobody()
    {
        var timeline = Timeline.Of(Fault, Victim, [
            Row(11, 5, 1, new ControlChange.NodeLeaving(Victim)),
            Row(12, 20, 4, new ControlChange.FlowSwitched("f1", 10, 1, [], "leaving")),
        ], [new("f1", true, false, At(30), At(31))]);
        Assert.Null(timeline.Suspected);
        Assert.Equal((16.0, 20.0, 31.0), (timeline.Decided, timeline.Muted, timeline.FirstItemAfter));
    }

    [Fact]
    public void A_flow_that_never_came_back_leaves_the_last_step_open()
    {
        var timeline = Timeline.Of(Fault, Victim, [Row(11, 40, 5, Down(Victim, 20, 30))],
            [new("f1", true, false, At(60), At(80)), new("f2", true, false, At(70), null)]);
        Assert.Null(timeline.FirstItemAfter);
    }

    [Fact]
    public void Joining_before_the_fault_is_no_return()
    {
        var timeline = Timeline.Of(Fault, Victim, [Row(2, -900, 1, Joined(new NodeKey("node-2", 3)))], []);
        Assert.Null(timeline.Rejoined);
    }

    private static DateTimeOffset At(double ms) => Fault.AddMilliseconds(ms);

    private static TimedEntry Row(long version, double atMs, double decidedBeforeMs, params ControlChange[] changes) =>
        new(new LogEntry(version, "", "p", Other, 1, At(atMs - decidedBeforeMs), "", [.. changes]), At(atMs));

    private static ControlChange.NodeDown Down(NodeKey node, double suspectedMs, double confirmedMs) =>
        new(node, new LossEvidence(LossKind.LockFile, [Other], null, At(suspectedMs), At(confirmedMs), "obtained"));

    private static ControlChange.NodeJoined Joined(NodeKey key) =>
        new(new NodeFacts(key, "s", "127.0.0.1", 1, 2, "", "", ImmutableArray<string>.Empty, "1"), null, null);
}
