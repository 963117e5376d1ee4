using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Who comes up, and who is taken off the list. Observers are <see cref="ObserverDecisionTests"/>'.</summary>
[Trait("Requirement", "CL-11")]
public sealed class MembershipDeciderTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d");

    private readonly DecidingLog _log = WithNodes("a", "b", "c");

    [Fact]
    public void A_joining_node_is_up_once_it_knows_that_it_has_joined_and_everybody_observes_it()
    {
        _log.Joined(D);
        var joined = _log.View.Version;
        Assert.Empty(_log.Decided<ControlChange.NodeUp>(_log.Behind(D, joined - 1, 0), held: TimeSpan.Zero));

        _log.Step(_log.Behind(D, joined, 0), held: TimeSpan.Zero);

        Assert.Equal(MemberStatus.Up, _log.View.Members["d"].Status);
        _log.Settle();
        foreach (var member in _log.View.Members.Values)
            Assert.Equal(_log.View.Members.Values.Select(other => other.Key).Where(key => key != member.Key), Assert.Single(member.ObserverSets).Observers);
    }

    [Fact]
    public void A_joining_node_that_stays_silent_is_taken_off_the_list()
    {
        _log.Joined(D);
        var silent = _log.Behind(D, 0, 0);

        Assert.Empty(_log.Decided<ControlChange.NodeRemoved>(silent, held: _log.Options.JoiningTimeout - TimeSpan.FromTicks(1)));
        Assert.Equal(D, Assert.Single(_log.Decided<ControlChange.NodeRemoved>(silent, held: _log.Options.JoiningTimeout)).Node);
    }

    [Fact]
    public void A_lost_node_stays_on_the_list_for_a_day()
    {
        _log.Lost(C);

        Assert.Empty(_log.Decided<ControlChange.NodeRemoved>(held: _log.Options.RemoveDownAfter - TimeSpan.FromTicks(1)));
        Assert.Equal(C, Assert.Single(_log.Decided<ControlChange.NodeRemoved>(held: _log.Options.RemoveDownAfter)).Node);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_leaving_node_goes_when_everything_that_was_taken_from_it_has_stopped_there()
    {
        _log.Hosted("t", 1, null, B, C).Placed("t", ("0", C)).Leaving(C);
        var before = _log.View.Version;
        Assert.Empty(Removed(before)); // It leads in the view, whatever it says.
        _log.Step(_log.Behind(C, before, before - 1)); // It is asked to hand over, and does not.
        _log.Step(_log.Behind(C, before, before - 1));
        Assert.Equal("b", _log.Leader("t", "0"));

        Assert.Empty(Removed(_log.View.Version - 1));
        Assert.Equal([C], Removed(_log.View.Version));

        NodeKey[] Removed(long handedOver) =>
            [.. _log.Decided<ControlChange.NodeRemoved>(_log.Behind(C, before, handedOver), held: TimeSpan.Zero).Select(change => change.Node)];
    }

    [Fact]
    public void A_leaving_node_that_led_nothing_goes_when_it_has_taken_note_and_the_one_that_decides_never_removes_itself()
    {
        _log.Leaving(C);
        var left = _log.View.Version;
        Assert.Empty(_log.Decided<ControlChange.NodeRemoved>(_log.Behind(C, left, left - 1)));
        Assert.Equal(C, Assert.Single(_log.Decided<ControlChange.NodeRemoved>(_log.Behind(C, left, left))).Node);

        _log.Leaving(B).Leaving(A);
        Assert.Equal([B, C], _log.Decided<ControlChange.NodeRemoved>().Select(change => change.Node).Order());
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_leaving_node_stays_while_a_flow_waits_for_it()
    {
        _log.Hosted("t", 1, null, A).Hosted("s", 0, null, B, C).Placed("t", ("0", A));
        _log.Log.Accepted(A, 0, new ControlChange.FlowDefined("f", new("t", "r"), [new("s", "s1"), new("s", "s2")], FailbackPolicy.Sticky, "{}"));
        _log.Placed("s", ("s1", C), ("s2", B)).Step();
        Assert.Equal(0, _log.View.Flows["f"].Active);
        _log.Leaving(C).Placed("s", ("s1", B));
        _log.Log.Accepted(A, _log.Log.Term, new ControlChange.FlowSwitched("f", _log.View.Flows["f"].Term, 1, [C], "test"));
        var switched = _log.View.Version;

        Assert.Empty(_log.Decided<ControlChange.NodeRemoved>(_log.Behind(C, switched, switched - 1)));
        Assert.NotEmpty(_log.Decided<ControlChange.NodeRemoved>(_log.Behind(C, switched, switched)));
    }
}
