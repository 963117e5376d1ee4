using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Who sends: flow f has its sender on b and a standby on c; a decides, and d is free.</summary>
public sealed class FlowDeciderTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d"), BAgain = TestLog.Key("b", 2);

    private readonly DecidingLog _log = WithNodes("a", "b", "c", "d");

    private FlowState Flow => _log.View.Flows["f"];

    [Fact, Trait("Requirement", "CL-6")]
    public void The_first_in_order_sends_and_before_it_one_that_is_at_home()
    {
        Define(FailbackPolicy.Automatic);
        Assert.Equal([0], Switches());
        _log.Lost(B).Placed("s", ("s1", D));

        Assert.Equal([1], Switches()); // s1 was moved off its node.
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_lost_node_means_mute_move_and_switch_in_one_entry()
    {
        Sending();

        var decision = _log.Step(_log.Votes(Vote(A, B), Vote(C, B)), held: TimeSpan.Zero);

        Assert.Equal(
            [typeof(ControlChange.NodeDown), typeof(ControlChange.SenderMuted), typeof(ControlChange.ShardsPlaced), typeof(ControlChange.FlowSwitched)],
            decision.Changes.Take(4).Select(change => change.GetType()));
        Assert.Equal((1, SenderStatus.Muted, _log.View.Version), (Flow.Active, Flow.Senders[0].Status, Flow.Term));
        Assert.Equal([B], Flow.Predecessors.ToArray());
        Assert.Contains("sender before it is lost", Flow.Senders[1].Why, StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void When_all_senders_are_lost_one_that_was_moved_sends()
    {
        Sending();

        _log.Step(_log.Votes(Vote(A, B), Vote(D, B), Vote(A, C), Vote(D, C)), held: TimeSpan.Zero);

        Assert.Equal((0, SenderStatus.Active, SenderStatus.Muted), (Flow.Active, Flow.Senders[0].Status, Flow.Senders[1].Status));
        Assert.Contains("no other sender is left", Flow.Senders[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flow_that_an_operator_stopped_stays_so()
    {
        Sending();
        _log.Log.Accepted(A, 0, new ControlChange.FlowMuted("f", Flow.Term, "test"));

        Assert.Empty(Switches());
    }

    [Fact]
    public void A_sender_that_an_operator_muted_stays_so_however_healthy_it_is()
    {
        Sending();
        _log.Log.Accepted(D, 0, new ControlChange.SenderMuted("f", 0, "test"));
        _log.Step();
        Assert.Equal((1, SenderStatus.Muted), (Flow.Active, Flow.Senders[0].Status));
        Assert.Null(_log.Decide());
        _log.Log.Accepted(D, 0, new ControlChange.SenderMuted("f", 1, "test"));
        Assert.Null(_log.Decide()); // Not even when no other is left.

        _log.Log.Accepted(D, 0, new ControlChange.SenderUnmuted("f", 1, "test"));
        Assert.Equal([1], Switches());
    }

    [Fact]
    public void A_lost_sender_that_an_operator_muted_too_is_not_unmuted_when_it_is_back()
    {
        ComeHome(FailbackPolicy.Automatic);
        _log.Log.Accepted(D, 0, new ControlChange.SenderMuted("f", 0, "test"));

        Assert.Empty(_log.Decided<ControlChange.SenderUnmuted>());
        Assert.Contains("already", Assert.Single(_log.Log.Commit(D, 0, new ControlChange.SenderMuted("f", 0, "test"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_muted_sender_that_was_moved_stands_by_after_a_while()
    {
        Sending();
        _log.Step(_log.Votes(Vote(A, B), Vote(C, B)), held: TimeSpan.Zero);

        Assert.Empty(_log.Decided<ControlChange.SenderUnmuted>(held: _log.Options.FailbackAfter - TimeSpan.FromTicks(1)));
        Assert.Equal(0, Assert.Single(_log.Decided<ControlChange.SenderUnmuted>(held: _log.Options.FailbackAfter)).Sender);
    }

    [Fact, Trait("Requirement", "CL-7")]
    public void A_sender_that_is_home_again_stands_by_at_once_and_sends_after_failback_after()
    {
        ComeHome(FailbackPolicy.Automatic);

        Assert.Equal(0, Assert.Single(_log.Decided<ControlChange.SenderUnmuted>(held: TimeSpan.Zero)).Sender);
        _log.Step(held: TimeSpan.Zero);
        Assert.Equal((1, SenderStatus.Standby), (Flow.Active, Flow.Senders[0].Status));
        Assert.Empty(Switches(_log.Options.FailbackAfter - TimeSpan.FromTicks(1)));
        Assert.Equal([0], Switches(_log.Options.FailbackAfter));
        _log.Leaving(BAgain);
        Assert.Empty(Switches());
    }

    [Theory, Trait("Requirement", "CL-10")]
    [InlineData(FailbackPolicy.Manual)]
    [InlineData(FailbackPolicy.Sticky)]
    public void Without_automatic_failback_the_standby_goes_on(FailbackPolicy policy)
    {
        ComeHome(policy);
        _log.Step();

        Assert.Equal((1, SenderStatus.Standby), (Flow.Active, Flow.Senders[0].Status));
        Assert.Empty(Switches());
    }

    [Fact, Trait("Requirement", "CL-7")]
    public void No_failback_to_a_sender_that_is_not_at_home()
    {
        Sending();
        _log.Step(_log.Votes(Vote(A, B), Vote(C, B)), held: TimeSpan.Zero);
        _log.Step();
        Assert.Equal(SenderStatus.Standby, Flow.Senders[0].Status);

        Assert.Empty(Switches());
    }

    [Fact]
    public void When_the_node_of_the_sender_leaves_and_nobody_else_hosts_it_a_standby_takes_over()
    {
        DefineApart();

        _log.Leaving(B);
        Assert.Equal([1], Switches());
        _log.Leaving(C).Leaving(D);
        Assert.Empty(Switches()); // Not better off there.
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_predecessor_is_waited_for_until_it_has_handed_over()
    {
        DefineApart();
        _log.Leaving(B);
        var before = _log.View.Version;
        _log.Step(_log.Behind(B, before, before));
        Assert.Equal(1, Flow.Active);
        Assert.Equal([B], Flow.Predecessors.ToArray());
        _log.Leaving(C);

        Assert.Equal([B, C], Predecessors(Flow.Term - 1));
        Assert.Equal([C], Predecessors(Flow.Term));

        NodeKey[] Predecessors(long handedOver)
        {
            var switched = Assert.Single(_log.Decided<ControlChange.FlowSwitched>(_log.Behind(B, before, handedOver)));
            Assert.Equal(2, switched.To);
            return [.. switched.Predecessors];
        }
    }

    [Fact, Trait("Requirement", "CL-10")]
    public void An_operator_switches_back_to_a_first_sender_that_can_send()
    {
        Assert.Null(FlowDecider.Failback(_log.View, "f"));
        Sending();
        Assert.Null(FlowDecider.Failback(_log.View, "f")); // It sends.
        _log.Log.Accepted(A, 0, new ControlChange.FlowSwitched("f", Flow.Term, 1, [], "test"));

        var decision = FlowDecider.Failback(_log.View, "f");

        Assert.Equal(0, decision!.OrchestratorTerm);
        Assert.Empty(_log.Log.Commit(D, decision));
        Assert.Equal(0, Flow.Active);
        Assert.Equal([C], Flow.Predecessors.ToArray());
        _log.Log.Accepted(A, 0, new ControlChange.SenderMuted("f", 0, "test"));
        Assert.Null(FlowDecider.Failback(_log.View, "f")); // It is muted.
        _log.Log.Accepted(A, 0, new ControlChange.SenderUnmuted("f", 0, "test"));
        _log.Lost(B);
        Assert.Null(FlowDecider.Failback(_log.View, "f")); // It runs nowhere.
    }

    private void Define(FailbackPolicy policy)
    {
        _log.Hosted("t", 1, null, A).Hosted("s", 0, null, B, C, D);
        _log.Log.Accepted(A, 0, new ControlChange.FlowDefined("f", new("t", "r"), [new("s", "s1"), new("s", "s2")], policy, "{}"));
        _log.Placed("t", ("0", A)).Placed("s", ("s1", B), ("s2", C));
    }

    /// <summary>As many types as senders: none can be moved to the node of another.</summary>
    private void DefineApart()
    {
        _log.Hosted("t", 1, null, A).Hosted("s", 0, null, B).Hosted("u", 0, null, C).Hosted("v", 0, null, D);
        _log.Log.Accepted(A, 0, new ControlChange.FlowDefined(
            "f", new("t", "r"), [new("s", "s1"), new("u", "s2"), new("v", "s3")], FailbackPolicy.Automatic, "{}"));
        _log.Placed("t", ("0", A)).Placed("s", ("s1", B)).Placed("u", ("s2", C)).Placed("v", ("s3", D)).Step();
        Assert.Equal(0, Flow.Active);
        Assert.Null(_log.Decide());
    }

    private void Sending(FailbackPolicy policy = FailbackPolicy.Automatic)
    {
        Define(policy);
        _log.Step();
        Assert.Equal(0, Flow.Active);
    }

    /// <summary>b was lost, s2 sends, and s1 has been placed on b's next life.</summary>
    private void ComeHome(FailbackPolicy policy)
    {
        Sending(policy);
        _log.Step(_log.Votes(Vote(A, B), Vote(C, B)), held: TimeSpan.Zero);
        _log.Joined(BAgain, replaces: B).Log.Accepted(A, _log.Log.Term, new ControlChange.NodeUp(BAgain));
        _log.Hosted("s", 0, null, BAgain).Placed("s", ("s1", BAgain));
    }

    private int?[] Switches(TimeSpan? held = null) => [.. _log.Decided<ControlChange.FlowSwitched>(held: held).Select(change => change.To)];
}
