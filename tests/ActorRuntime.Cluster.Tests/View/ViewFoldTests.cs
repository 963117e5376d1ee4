using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;
using static ActorRuntime.Cluster.Tests.ControlLog.TestLog;

namespace ActorRuntime.Cluster.Tests.View;

public sealed class ViewFoldTests
{
    private static readonly NodeKey A = Key("a"), B = Key("b"), C = Key("c");

    [Fact]
    public void A_name_is_given_again_only_when_its_holder_is_known_to_be_gone()
    {
        var log = WithNodes("a", "b", "c");
        var next = Key("c", 2);
        Assert.Contains("nothing proves it gone", Assert.Single(log.Commit(next, 0, new NodeJoined(Facts(next), C, null))));
        Assert.Contains("does not prove", Assert.Single(log.Commit(next, 0, new NodeJoined(Facts(next), C, Evidence(LossKind.Operator)))));
        Assert.Contains("another lock file", Assert.Single(
            log.Commit(next, 0, new NodeJoined(Facts(next, lockFile: "/other"), C, Evidence(LossKind.LockFile)))));

        log.Accepted(next, 0, new NodeJoined(Facts(next), C, Evidence(LossKind.LockFile)));
        Assert.Equal(next, log.View.Members["c"].Key);
        Assert.Equal(2, log.View.Lost[C].ObserverSets.Single().Observers.Length);
        Assert.Contains("was declared lost", Assert.Single(log.Commit(C, 0, new NodeJoined(Facts(C), next, Evidence(LossKind.Itself)))));
    }

    [Fact]
    public void A_down_incarnation_is_replaced_without_proof_and_takes_a_later_proof()
    {
        var log = WithNodes("a", "b", "c").Accepted(A, 0, new NodeDown(C, Evidence(LossKind.Quorum, A, B)));
        Assert.False(log.View.Lost[C].Evidence.IsAuthoritative);
        var next = Key("c", 2);
        log.Accepted(next, 0, new NodeJoined(Facts(next), C, Evidence(LossKind.LockFile)));
        Assert.True(log.View.Lost[C].Evidence.IsAuthoritative);
    }

    [Theory, InlineData(LossKind.Quorum), InlineData(LossKind.Operator), Trait("Requirement", "CL-9")]
    public void An_operator_vouches_for_the_end_of_a_node_that_is_lost(LossKind lostBy)
    {
        var log = WithNodes("a", "b", "c");
        Assert.Contains("is not lost", Assert.Single(log.Commit(B, 0, new NodeEnded(C, "seen"))));
        Assert.Contains("no member", Assert.Single(log.Commit(B, 0, new NodeEnded(Key("c", 9), "seen"))));
        Assert.Contains("declared lost first", Assert.Single(log.Commit(B, 0, new NodeDown(C, Evidence(LossKind.Ended)))));
        log.Accepted(A, 0, new NodeDown(C, Evidence(lostBy, A, B)));
        var lost = log.View.Lost[C];

        log.Accepted(B, 0, new NodeEnded(C, "seen"));

        Assert.Equal((LossKind.Ended, "seen", lost.Version), (log.View.Lost[C].Evidence.Kind, log.View.Lost[C].Evidence.Detail, log.View.Lost[C].Version));
        Assert.Equal(log.View.Lost[C].Evidence, log.View.Members["c"].DownBy);
        Assert.Equal(lost.ObserverSets, log.View.Lost[C].ObserverSets);
        Assert.True(log.View.Lost[C].Evidence is { IsAuthoritative: true, EndsEchoes: true });
        Assert.Contains("known to have ended (Ended)", Assert.Single(log.Commit(B, 0, new NodeEnded(C, "again"))));
    }

    [Fact]
    public void An_operator_vouches_for_a_lost_incarnation_whose_name_has_a_new_one()
    {
        var next = Key("c", 2);
        var log = WithNodes("a", "b", "c").Accepted(A, 0, new NodeDown(C, Evidence(LossKind.Quorum, A, B))).Accepted(next, 0, new NodeJoined(Facts(next), C, null));
        var member = log.View.Members["c"];

        log.Accepted(B, 0, new NodeEnded(C, "seen"));

        Assert.Equal(LossKind.Ended, log.View.Lost[C].Evidence.Kind);
        Assert.Equal(member, log.View.Members["c"]);
    }

    [Fact]
    [Trait("Requirement", "CL-9")]
    public void A_loss_needs_a_quorum_of_every_valid_observer_set()
    {
        var log = WithNodes("a", "b", "c");
        Assert.Contains("no loss quorum", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A)))));
        Assert.Contains("named twice", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A, A)))));
        Assert.Contains("own loss", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A, C)))));
        Assert.Contains("no live member", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A, Key("b", 9))))));

        // A second set {a} with the witness becomes valid: both must agree now.
        log.Accepted(A, log.Term, new ObserversChanged(C, [A], Witness: true));
        Assert.Contains("no loss quorum", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A, B)))));
        var witness = Evidence(LossKind.Quorum, A) with { WitnessSequence = 7 };
        Assert.Contains("no loss quorum", Assert.Single(log.Commit(A, log.Term, new NodeDown(C, witness))));
        log.Accepted(A, log.Term, new NodeDown(C, Evidence(LossKind.Quorum, A, B) with { WitnessSequence = 7 }));
        Assert.Equal(MemberStatus.Down, log.View.Members["c"].Status);
    }

    [Fact]
    public void A_lock_file_proves_something_only_to_an_observer_on_the_same_kernel()
    {
        var log = WithNodes("a", "b");
        var far = Key("f");
        log.Accepted(far, 0, new NodeJoined(Facts(far, bootId: "other"), null, null));
        Assert.Contains("kernel", Assert.Single(log.Commit(A, log.Term, new NodeDown(far, Evidence(LossKind.LockFile, A)))));
        Assert.Contains("kernel", Assert.Single(log.Commit(far, 0, new NodeDown(B, Evidence(LossKind.LockFile, far)))));
        log.Accepted(A, log.Term, new NodeDown(B, Evidence(LossKind.LockFile, A)));
    }

    [Fact]
    public void A_lone_node_cannot_be_voted_out_and_its_joiner_only_votes_once_it_acknowledged()
    {
        var log = WithNodes("a");
        log.Accepted(B, 0, new NodeJoined(Facts(B), null, null)).Accepted(A, log.Term, new NodeUp(B), new ObserversChanged(A, [B], true));
        var vote = Evidence(LossKind.Quorum, B) with { WitnessSequence = 1 };
        Assert.Contains("no loss quorum", Assert.Single(log.Commit(B, 0, new NodeDown(A, vote))));
        log.Accepted(A, log.Term, new ObserversRetired(A, log.View.Members["a"].ObserverSets[0].Epoch));
        log.Accepted(B, 0, new NodeDown(A, vote));
    }

    [Fact]
    public void At_most_one_change_of_observers_is_in_progress()
    {
        var log = WithNodes("a", "b", "c", "d");
        log.Accepted(A, log.Term, new ObserversChanged(D, [A, B], false));
        Assert.Contains("in progress", Assert.Single(log.Commit(A, log.Term, new ObserversChanged(D, [A], false))));
        Assert.Contains("not in order", Assert.Single(log.Commit(A, log.Term, new ObserversChanged(A, [C, B], false))));
        Assert.Contains("itself", Assert.Single(log.Commit(A, log.Term, new ObserversChanged(A, [A], false))));
    }

    private static readonly NodeKey D = Key("d");

    [Fact]
    public void An_orchestrator_is_replaced_only_when_gone_leaving_or_stepped_down()
    {
        var log = WithNodes("a", "b", "c");
        var first = log.Term;
        Assert.Contains("is up", Assert.Single(log.Commit(B, 0, new OrchestratorElected(B, first, false))));
        Assert.Contains("propose themselves", Assert.Single(log.Commit(B, 0, new OrchestratorElected(C, first, true))));
        log.Accepted(B, 0, new OrchestratorElected(B, first, PreviousSteppedDown: true));
        Assert.Equal((B, log.View.Version), (log.View.Orchestrator!.Node, log.Term));
        Assert.Contains("replaces term", Assert.Single(log.Commit(C, 0, new OrchestratorElected(C, first, true))));
        Assert.Contains("decided by a", Assert.Single(log.Commit(A, first, new ObserversChanged(C, [A], false))));
    }

    [Fact]
    [Trait("Requirement", "CL-11")]
    public void Loss_election_and_failover_stand_in_one_entry()
    {
        var log = WithShards();
        log.Accepted(B, log.View.Version + 1,
            new NodeDown(A, Evidence(LossKind.Quorum, B, C)), new OrchestratorElected(B, log.Term, false),
            new ShardsPlaced("t", Placement("0", log.View.Types["t"].Shards["0"].Term, B)));
        Assert.Equal(B, log.View.Types["t"].Shards["0"].Leader);
        Assert.Equal("a", log.View.Types["t"].Shards["0"].Home);
    }

    [Fact]
    [Trait("Requirement", "AR-5")]
    public void A_placement_that_replaces_another_term_or_names_no_host_is_rejected_alone()
    {
        var log = WithShards();
        var before = log.View.Types["t"].Shards["0"];
        var why = log.Commit(A, log.Term, new ShardsPlaced("t", [
            new("0", before.Term - 1, B, []), new("1", before.Term, B, []), new("7", 0, B, []), new("0", before.Term, D, [])]));
        Assert.Equal(3, why.Length);
        Assert.Same(before, log.View.Types["t"].Shards["0"]);
        Assert.Equal((B, log.View.Version), (log.View.Types["t"].Shards["1"].Leader!.Value, log.View.Types["t"].Shards["1"].Term));
    }

    [Fact]
    [Trait("Requirement", "CL-8")]
    public void Whatever_silences_the_active_sender_raises_the_flow_term_and_keeps_it_as_predecessor()
    {
        var log = WithFlow();
        var active = log.View.Flows["f"];
        Assert.Contains("replaces term", Assert.Single(log.Commit(A, log.Term, new FlowSwitched("f", active.Term - 1, 1, [], ""))));

        log.Accepted(A, log.Term, new SenderMuted("f", 0, "test"));
        var muted = log.View.Flows["f"];
        Assert.True(muted.Term > active.Term);
        Assert.Null(muted.Active);
        Assert.Equal(A, Assert.Single(muted.Predecessors));
        Assert.Contains("is muted", Assert.Single(log.Commit(A, log.Term, new FlowSwitched("f", muted.Term, 0, [], ""))));
        log.Accepted(A, log.Term, new FlowSwitched("f", muted.Term, 1, muted.Predecessors, "standby"));
        Assert.Equal(SenderStatus.Active, log.View.Flows["f"].Senders[1].Status);
    }

    [Fact]
    [Trait("Requirement", "CL-8")]
    public void An_active_sender_whose_shard_moves_is_active_no_more()
    {
        var log = WithFlow();
        var shard = log.View.Types["s"].Shards["s1"];
        log.Accepted(A, log.Term, new ShardsPlaced("s", Placement("s1", shard.Term, C)));
        var flow = log.View.Flows["f"];
        Assert.Equal((null, log.View.Version), (flow.Active, flow.Term));
        Assert.Equal(A, Assert.Single(flow.Predecessors));
    }

    [Fact]
    public void An_operator_stops_a_flow_and_lets_it_go_on()
    {
        var log = WithFlow();
        log.Accepted(B, 0, new FlowMuted("f", log.View.Flows["f"].Term, "maintenance"));
        Assert.Contains("operator", Assert.Single(log.Commit(A, log.Term, new FlowSwitched("f", log.View.Flows["f"].Term, 1, [], ""))));
        log.Accepted(B, 0, new FlowUnmuted("f", "done"));
        log.Accepted(A, log.Term, new FlowSwitched("f", log.View.Flows["f"].Term, 1, [], ""));
    }

    [Fact]
    public void A_leaving_node_is_removed_once_it_leads_nothing_or_says_that_it_stopped()
    {
        var log = WithShards().Accepted(A, 0, new NodeLeaving(A));
        log.Accepted(B, 0, new OrchestratorElected(B, log.Term, false));
        Assert.Contains("still leads t/0", Assert.Single(log.Commit(B, log.Term, new NodeRemoved(A))));
        Assert.Contains("is up", Assert.Single(log.Commit(B, log.Term, new NodeRemoved(C))));
        log.Accepted(A, 0, new NodeRemoved(A));
        Assert.True(log.View.Lost.ContainsKey(A));
    }

    [Theory]
    [InlineData(100, 500, 600, true)]
    [InlineData(100, 500, 510, false)]
    [InlineData(300, 500, 900, false)]
    [Trait("Requirement", "CL-4")]
    public void Timing_that_breaks_the_lease_rule_is_rejected(int interval, int lease, int lossAfter, bool isSafe)
    {
        var log = WithNodes("a");
        var change = new SignalTimingChanged(
            TimeSpan.FromMilliseconds(interval), TimeSpan.FromMilliseconds(lease), TimeSpan.FromMilliseconds(lossAfter), "test");
        Assert.Equal(isSafe, log.Commit(A, 0, change).Length == 0);
        Assert.Equal(isSafe, log.View.Timing is not null);
    }

    [Fact]
    public void Rejections_and_lost_incarnations_are_bounded()
    {
        var log = WithNodes("a");
        for (var i = 0; i < 100; i++) log.Commit(A, log.Term, new NodeUp(B));
        Assert.Equal(ClusterView.RejectionsMax, log.View.Rejections.Length);

        for (var i = 1; i <= ClusterView.LostMax + 10; i++)
        {
            var key = Key("n", (ulong)i);
            log.Accepted(key, 0, new NodeJoined(Facts(key), i == 1 ? null : Key("n", (ulong)i - 1), i == 1 ? null : Evidence(LossKind.LockFile)));
        }
        Assert.Equal(ClusterView.LostMax, log.View.Lost.Count);
        Assert.DoesNotContain(Key("n", 1), log.View.Lost.Keys);
    }

    private static TestLog WithShards()
    {
        var log = WithNodes("a", "b", "c");
        log.Accepted(A, 0, new UnitTypeHosted(A, "t", 2), new UnitTypeHosted(B, "t", 2));
        return log.Accepted(A, log.Term, new ShardsPlaced("t", [new("0", 0, A, []), new("1", 0, A, [])]));
    }

    private static TestLog WithFlow()
    {
        var log = WithShards();
        log.Accepted(A, 0, [.. new[] { A, B, C }.Select(node => new UnitTypeHosted(node, "s", 0))]);
        log.Accepted(A, 0, new FlowDefined("f", new("t", "r"), [new("s", "s1"), new("s", "s2")], FailbackPolicy.Automatic, "{}"));
        log.Accepted(A, log.Term, new ShardsPlaced("s", [new("s1", 0, A, []), new("s2", 0, B, [])]));
        return log.Accepted(A, log.Term, new FlowSwitched("f", log.View.Flows["f"].Term, 0, [], "first"));
    }
}
