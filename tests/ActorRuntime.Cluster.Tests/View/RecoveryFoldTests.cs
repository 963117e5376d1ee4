using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>What an operator's word makes of a shard whose logs are lost, entry by entry.</summary>
public sealed class RecoveryFoldTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c");
    private static readonly ReplicaId OnA = new("a", 1), OnB = new("b", 2), OldOnC = new("c", 3);

    private readonly TestLog _log = TestLog.WithNodes("a", "b", "c");

    public RecoveryFoldTests()
    {
        foreach (var host in new[] { A, B, C }) _log.Accepted(host, 0, new UnitTypeHosted(host, "t", 1, new Replication(3, 1)));
        Place(A);
        _log.Accepted(A, 0, Added(OnA));
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        _log.Accepted(A, 0, Added(OnB));
    }

    private ReplicaSet Set => Shard.Replicas!;

    private ShardState Shard => _log.View.Types["t"].Shards["0"];

    [Fact, Trait("Requirement", "SR-4")]
    public void A_recovered_shard_has_a_term_of_its_own_and_nobody_leads_in_it()
    {
        var (term, version) = (Shard.Term, _log.View.Version);

        _log.Accepted(C, 0, Recovered(null, A, B));

        Assert.Equal((version + 1, null), (Shard.Term, Shard.Leader));
        Assert.True(Shard.Term > term);
        Assert.Equal([A], Shard.Predecessors.ToArray()); // It may still serve under its lease.
        Assert.False(Set.IsFounded);
        Assert.Equal((version + 1, null, 0), (Set.Origin!.Version, Set.Origin.From, Set.Origin.Previous));
        Assert.Equal([OnA, OnB], Set.Origin.GivenUp.ToArray());
        Assert.Equal(1, Set.Minimum);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void The_leader_of_the_term_that_ended_changes_nothing_any_more()
    {
        var (term, set) = (Shard.Term, Set.Version);
        _log.Accepted(C, 0, Recovered(null, A, B));

        var late = new ReplicasChanged("t", [new ReplicaChange("0", term, set, new ReplicaId("c", 9), true, "late")]);
        Assert.Contains("decided on", Assert.Single(_log.Commit(A, 0, late)), StringComparison.Ordinal);
        var onNewSet = new ReplicasChanged("t", [new ReplicaChange("0", term, Set.Version, OnA, true, "late")]);
        Assert.Contains("leads in term", Assert.Single(_log.Commit(A, 0, onNewSet)), StringComparison.Ordinal);
        Assert.False(Set.IsFounded);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void An_old_disk_that_comes_back_is_no_member_and_cannot_lead_by_itself()
    {
        _log.Accepted(C, 0, Recovered(null, A, B));
        Place(C);
        _log.Accepted(C, 0, Added(new ReplicaId("c", 9)));

        Assert.Null(Set.MemberOf("a"));
        Assert.Contains("not in sync", Assert.Single(_log.Commit(A, _log.Term, Placed(A))), StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void From_a_copy_only_its_node_may_lead()
    {
        _log.Accepted(B, 0, Recovered(OldOnC, A, B));

        Assert.Contains("not in sync: not founded, goes on from c/", Assert.Single(_log.Commit(A, _log.Term, Placed(B))), StringComparison.Ordinal);
        Assert.Equal(C, ((ShardsPlaced)Decided().Changes.Single(change => change is ShardsPlaced)).Placements.Single().Leader);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void From_the_store_any_host_is_placed()
    {
        _log.Accepted(B, 0, Recovered(null, A, B));

        _log.Commit(A, Decided());
        Assert.NotNull(Shard.Leader);
        Assert.True(Shard.Term > Set.Origin!.Version);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void A_node_that_lives_must_have_said_that_its_log_is_gone()
    {
        Assert.Contains("b#0000000000000001 lives", Assert.Single(_log.Commit(C, 0, Recovered(null, A))), StringComparison.Ordinal);
        Assert.Contains("lives", Assert.Single(_log.Commit(C, 0, Recovered(null, A, TestLog.Key("b", 2)))), StringComparison.Ordinal); // Said by another life.

        _log.Accepted(A, 0, new NodeDown(B, TestLog.Evidence(LossKind.Quorum, A, C)));
        _log.Accepted(C, 0, Recovered(null, A));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void What_was_decided_on_another_state_is_refused()
    {
        var recovery = Recovered(null, A, B).Recoveries[0];

        Assert.Contains("ends term 1", Refusal(recovery with { PreviousTerm = 1 }), StringComparison.Ordinal);
        Assert.Contains("decided on replica set 1", Refusal(recovery with { PreviousReplicas = 1 }), StringComparison.Ordinal);
        Assert.Contains("unknown", Refusal(recovery with { Shard = "7" }), StringComparison.Ordinal);
        Assert.Contains("may lead", Refusal(recovery with { From = OnB }), StringComparison.Ordinal);
        Assert.Contains("x is no live member", Refusal(recovery with { From = new ReplicaId("x", 1) }), StringComparison.Ordinal);
        _log.Accepted(C, 0, Recovered(null, A, B));
        Assert.Contains("nothing is lost", Assert.Single(_log.Commit(C, 0, Recovered(null, A, B))), StringComparison.Ordinal);

        string Refusal(ShardRecovery changed) => Assert.Single(_log.Commit(C, 0, new ShardsRecovered("t", [changed], "test")));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Recovered_from_a_copy_that_is_lost_too_the_history_before_is_still_the_one_to_go_on_from()
    {
        _log.Accepted(B, 0, Recovered(OldOnC, A, B));
        _log.Accepted(B, 0, Recovered(null));

        Assert.Equal((Shard.Term, null, 0), (Set.Origin!.Version, Set.Origin.From, Set.Origin.Previous));
        Assert.Equal([OnA, OnB], Set.Origin.GivenUp.ToArray());

        Place(C);
        _log.Accepted(C, 0, Added(new ReplicaId("c", 9)));
        var first = Set.Origin.Version;
        _log.Accepted(A, 0, Recovered(null, C));
        Assert.Equal((first, new ReplicaId("c", 9)), (Set.Origin!.Previous, Assert.Single(Set.Origin.GivenUp)));
    }

    private void Place(NodeKey leader) => _log.Accepted(A, _log.Term, Placed(leader));

    private ShardsPlaced Placed(NodeKey leader) => new("t", [new ShardPlacement("0", Shard.Term, leader, [], Set.Version)]);

    private Decision Decided() => Orchestrator.Decide(_log.View, Evidence.None, OrchestratorMemory.Empty(new MonotonicTime(0)), A, new OrchestratorOptions())!;

    private ReplicasChanged Added(ReplicaId replica) => new("t", [new ReplicaChange("0", Shard.Term, Set.Version, replica, true, "test")]);

    private ShardsRecovered Recovered(ReplicaId? from, params NodeKey[] without) =>
        new("t", [new ShardRecovery("0", Shard.Term, Set.Version, from, [.. without])], "test");
}
