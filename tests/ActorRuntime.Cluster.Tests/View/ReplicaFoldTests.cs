using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>Who keeps a shard's log, entry by entry. Schedules of them are <c>ReplicaModelTests</c>'.</summary>
public sealed class ReplicaFoldTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c");
    private static readonly ReplicaId OnA = new("a", 1), OnB = new("b", 2), OnC = new("c", 3);

    private readonly TestLog _log = TestLog.WithNodes("a", "b", "c");

    public ReplicaFoldTests()
    {
        foreach (var host in new[] { A, B, C }) _log.Accepted(host, 0, new UnitTypeHosted(host, "t", 1, new Replication(3, 2)));
        _log.Accepted(A, _log.Term, new ShardsPlaced("t", TestLog.Placement("0", 0, A)));
        _log.Accepted(A, 0, Change(OnA, isAdded: true));
    }

    private ReplicaSet Set => Shard.Replicas!;

    private ShardState Shard => _log.View.Types["t"].Shards["0"];

    [Fact, Trait("Requirement", "AR-5")]
    public void The_minimum_stays_in_force_when_nodes_leave()
    {
        Complete();
        Assert.Equal(2, Set.Minimum);

        _log.Accepted(C, 0, new NodeLeaving(C)).Accepted(C, 0, new NodeRemoved(C));
        _log.Accepted(B, 0, new NodeLeaving(B)).Accepted(B, 0, new NodeRemoved(B));

        Assert.Equal([OnA], Set.InSync.ToArray());
        Assert.Equal(2, Set.Minimum);
        Assert.Equal([OnB], Set.Eligible.ToArray()); // Nothing was committed since it left.
    }

    [Fact]
    public void An_operator_lowers_the_minimum()
    {
        Complete();
        _log.Accepted(C, 0, new NodeLeaving(C)).Accepted(C, 0, new NodeRemoved(C));
        _log.Accepted(B, 0, new NodeLeaving(B)).Accepted(B, 0, new NodeRemoved(B));

        _log.Accepted(A, 0, new ReplicationChanged("t", new Replication(1, 1), "test"));

        Assert.Equal(1, Set.Minimum);
        Assert.Empty(Set.Eligible);
        Assert.Contains("already", Assert.Single(_log.Commit(A, 0, new ReplicationChanged("t", new Replication(1, 1), "test"))), StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Only_the_leader_adds_and_only_on_the_set_it_knows()
    {
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        var old = Set.Version;

        Assert.Contains("leads", Assert.Single(_log.Commit(B, 0, Change(OnB, isAdded: true))), StringComparison.Ordinal);
        _log.Accepted(A, 0, Change(OnB, isAdded: true));
        Assert.Contains("decided on", Assert.Single(_log.Commit(A, 0, Change(OnC, isAdded: true, old))), StringComparison.Ordinal);
        Assert.Equal([OnA, OnB], Set.InSync.ToArray());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Only_who_is_in_sync_is_promoted()
    {
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        _log.Accepted(A, 0, Change(OnB, isAdded: true));

        Assert.Contains("not in sync", Assert.Single(_log.Commit(A, _log.Term, Placed(C))), StringComparison.Ordinal);
        _log.Accepted(A, _log.Term, Placed(B));
        Assert.Equal(B, Shard.Leader);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void The_last_log_is_never_taken_out()
    {
        Assert.Contains("last in sync", Assert.Single(_log.Commit(A, 0, Change(OnA, isAdded: false))), StringComparison.Ordinal);
        Assert.Equal([OnA], Set.InSync.ToArray());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_last_log_that_cannot_vouch_for_itself_gives_way_to_those_who_left_below_the_minimum()
    {
        Complete();
        _log.Accepted(A, 0, Change(OnC, isAdded: false)).Accepted(A, 0, Change(OnB, isAdded: false));
        Assert.Equal([OnB], Set.Eligible.ToArray());

        _log.Accepted(A, 0, Change(OnA, isAdded: false));

        Assert.Equal([OnB], Set.InSync.ToArray());
        Assert.Empty(Set.Eligible);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_change_by_whom_or_of_what_it_must_not_be_is_refused()
    {
        var term = Shard.Term;
        Refused("there is no unit type", A, 0, new ReplicasChanged("none", []));
        Refused("unknown", A, 0, One("7", term, OnB, true));
        Refused("in term", A, 0, One("0", term - 1, OnB, true));
        Refused("in sync already", A, 0, One("0", term, new ReplicaId("a", 9), true));
        Refused("no learner", A, 0, One("0", term, OnB, true));
        Refused("no live member", A, 0, One("0", term, new ReplicaId("x", 1), true));
        Complete();
        Refused("not in the set", A, 0, One("0", term, new ReplicaId("b", 9), false));
        Refused("no right", C, 0, One("0", term, OnB, false)); // Another's copy, and it leads not.
        Refused("no right", C, _log.Term, One("0", 0, OnB, false)); // Nor decides.
        _log.Accepted(C, 0, new OrchestratorElected(C, _log.Term, true));
        Refused("no right", C, _log.Term - 1, One("0", 0, OnB, false));
        _log.Accepted(C, _log.Term, One("0", 0, OnB, false));
        _log.Accepted(A, 0, One("0", term, OnC, false)); // Now it is the leader's word.
        Assert.Equal([OnA], Set.InSync.ToArray());
        Assert.Equal([OnC], Set.Eligible.ToArray()); // b left while there were enough.
        _log.Accepted(A, 0, new UnitTypeHosted(A, "plain", 1));
        Refused("not replicated", A, 0, new ReplicasChanged("plain", [new ReplicaChange("0", 0, 0, OnB, true, "")]));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_log_is_founded_by_its_leaders_copy_alone()
    {
        foreach (var host in new[] { A, B }) _log.Accepted(host, 0, new UnitTypeHosted(host, "u", 1, new Replication(3, 2)));
        _log.Accepted(A, _log.Term, new ShardsPlaced("u", TestLog.Placement("0", 0, A)));
        var term = _log.View.Types["u"].Shards["0"].Term;
        Refused("founded by the leader's own", A, 0, Founded(OnB));
        Refused("adds", B, 0, Founded(OnB));
        Refused("not founded", A, _log.Term, new LearnersAssigned("u", [new LearnerAssignment("0", 0, ["b"])]));
        Assert.True(_log.View.Types["u"].Shards["0"].Replicas!.MayLead("b")); // There is nothing to lose.

        _log.Accepted(A, 0, Founded(OnA));
        Assert.False(_log.View.Types["u"].Shards["0"].Replicas!.MayLead("b"));

        ReplicasChanged Founded(ReplicaId copy) => new("u", [new ReplicaChange("0", term, 0, copy, true, "test")]);
    }

    [Fact]
    public void Learners_that_cannot_be_are_refused_and_the_others_are_kept_in_order()
    {
        _log.Accepted(A, 0, new UnitTypeHosted(A, "plain", 1));
        Refused("there is no unit type", A, _log.Term, new LearnersAssigned("none", []));
        Refused("not replicated", A, _log.Term, new LearnersAssigned("plain", [new LearnerAssignment("0", 0, ["b"])]));
        Refused("decided on", A, _log.Term, Assigned(Set.Version - 1, "b"));
        Refused("in sync already", A, _log.Term, Assigned(Set.Version, "a"));
        Refused("no live member", A, _log.Term, Assigned(Set.Version, "x"));
        Refused("named twice", A, _log.Term, Assigned(Set.Version, "b", "b"));
        Refused("at most", A, _log.Term, Assigned(Set.Version, [.. Enumerable.Range(0, Replication.ReplicasMax + 1).Select(i => $"n{i}")]));
        Refused("no live member", A, _log.Term, Assigned(Set.Version, [.. Enumerable.Range(0, Replication.ReplicasMax).Select(i => $"n{i}")]));
        Refused("decided by", B, 0, Assigned(Set.Version, "b"));

        _log.Accepted(A, _log.Term, Assigned(Set.Version, "c", "b"));
        Assert.Equal(["b", "c"], Set.Learners.ToArray());
        Assert.Equal(_log.View.Version, Set.Version);
        _log.Accepted(A, 0, new NodeDown(C, TestLog.Evidence(LossKind.Operator)));
        Assert.Equal(["b"], Set.Learners.ToArray());
        Refused("no live member", A, _log.Term, Assigned(Set.Version, "c"));
        Refused("is no live member", A, 0, Change(OnC, isAdded: true));
    }

    [Fact]
    public void Replication_that_cannot_be_is_refused()
    {
        _log.Accepted(A, 0, new UnitTypeHosted(A, "plain", 1));
        Refused("there is no unit type", A, 0, new ReplicationChanged("none", new Replication(3, 2), ""));
        Refused("can never change", A, 0, new ReplicationChanged("plain", new Replication(3, 2), ""));
        foreach (var (replicas, minimum, why) in new[] { (0, 1, "0 replicas"), (10, 1, "10 replicas"), (3, 0, "min-in-sync 0"), (3, 4, "min-in-sync 4") })
            Refused(why, A, 0, new ReplicationChanged("t", new Replication(replicas, minimum), ""));
        Refused("already", A, 0, new ReplicationChanged("t", new Replication(3, 2), ""));
        foreach (var fits in new[] { new Replication(9, 9), new Replication(1, 1) }) _log.Accepted(A, 0, new ReplicationChanged("t", fits, ""));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void The_minimum_counts_from_when_the_set_was_complete()
    {
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        _log.Accepted(A, 0, Change(OnB, isAdded: true));
        Assert.Equal((1, false), (Set.Minimum, Set.IsMinimumInForce));
        _log.Accepted(A, 0, Change(OnC, isAdded: true));
        Assert.Equal((2, true), (Set.Minimum, Set.IsMinimumInForce));
        Assert.Empty(Set.Learners);
        _log.Accepted(A, 0, Change(OnB, isAdded: false));
        Assert.Equal((2, true), (Set.Minimum, Set.IsMinimumInForce));
        Assert.Empty(Set.Eligible); // Two are left, who may commit without it.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_new_leaders_set_is_without_the_lost_and_with_itself()
    {
        Complete();
        _log.Accepted(A, 0, Change(OnC, isAdded: false)).Accepted(A, 0, Change(OnB, isAdded: false));
        Assert.Equal([OnB], Set.Eligible.ToArray());
        var before = Set;
        _log.Accepted(A, _log.Term, Placed(A));
        Assert.Equal(before, Set); // Nothing to change.

        _log.Accepted(B, 0, new NodeDown(A, TestLog.Evidence(LossKind.Operator)));
        Assert.Equal([OnA], Set.InSync.ToArray()); // The last one stays, dead or not.
        _log.Accepted(B, 0, new OrchestratorElected(B, _log.Term, false)).Accepted(B, _log.Term, Placed(B));

        Assert.Equal([OnB], Set.InSync.ToArray());
        Assert.Equal([OnA], Set.Eligible.ToArray()); // It has everything too, should it return.
        Assert.Equal(_log.View.Version, Set.Version);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_lost_node_leaves_the_sets_of_all_shards_and_its_learning_ends()
    {
        Complete();
        var version = Set.Version;
        _log.Accepted(A, 0, new NodeDown(C, TestLog.Evidence(LossKind.Operator)));
        Assert.Equal([OnA, OnB], Set.InSync.ToArray());
        Assert.Equal(_log.View.Version, Set.Version);
        Assert.True(version < Set.Version);
        version = Set.Version;
        _log.Accepted(A, _log.Term, new NodeRemoved(C));
        Assert.Equal(version, Set.Version); // It was out already.
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_copy_its_own_node_takes_out_is_no_candidate()
    {
        Complete();
        _log.Accepted(A, 0, Change(OnC, isAdded: false));
        _log.Accepted(B, 0, One("0", 0, OnB, false));

        Assert.Equal([OnA], Set.InSync.ToArray());
        Assert.Empty(Set.Eligible);
        Assert.False(Set.MayLead("b"));
    }

    [Fact]
    public void A_copy_and_a_set_are_told_in_words()
    {
        Assert.Equal(OnB, ReplicaId.Parse(OnB.ToString()));
        Assert.Equal("b/0000000000000002", OnB.ToString());
        foreach (var wrong in new[] { "b", "/0000000000000002", "b/x", "" }) Assert.Throws<FormatException>(() => ReplicaId.Parse(wrong));
        Assert.Equal("not founded", ReplicaSet.Empty.ToString());
        Complete();
        _log.Accepted(A, 0, Change(OnC, isAdded: false)).Accepted(A, 0, Change(OnB, isAdded: false));
        Assert.Equal($"in sync {OnA}; eligible {OnB} (set {Set.Version})", Set.ToString());
    }

    private static LearnersAssigned Assigned(long previous, params string[] learners) => new("t", [new LearnerAssignment("0", previous, [.. learners])]);

    private ReplicasChanged One(string shard, long term, ReplicaId copy, bool isAdded) =>
        new("t", [new ReplicaChange(shard, term, Set.Version, copy, isAdded, "test")]);

    private void Refused(string why, NodeKey proposer, long term, ControlChange change)
    {
        var types = TestLog.Text(_log.View with { Version = 0, Digest = "", Rejections = [] });
        Assert.Contains(why, Assert.Single(_log.Commit(proposer, term, change)), StringComparison.Ordinal);
        Assert.Equal(types, TestLog.Text(_log.View with { Version = 0, Digest = "", Rejections = [] }));
    }

    private void Complete()
    {
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        _log.Accepted(A, 0, Change(OnB, isAdded: true)).Accepted(A, 0, Change(OnC, isAdded: true));
    }

    private ShardsPlaced Placed(NodeKey leader) => new("t", [new ShardPlacement("0", Shard.Term, leader, [], Set.Version)]);

    private ReplicasChanged Change(ReplicaId replica, bool isAdded, long? previous = null) =>
        new("t", [new ReplicaChange("0", Shard.Term, previous ?? Set.Version, replica, isAdded, "test")]);
}
