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

    private void Complete()
    {
        _log.Accepted(A, _log.Term, new LearnersAssigned("t", [new LearnerAssignment("0", Set.Version, ["b", "c"])]));
        _log.Accepted(A, 0, Change(OnB, isAdded: true)).Accepted(A, 0, Change(OnC, isAdded: true));
    }

    private ShardsPlaced Placed(NodeKey leader) => new("t", [new ShardPlacement("0", Shard.Term, leader, [], Set.Version)]);

    private ReplicasChanged Change(ReplicaId replica, bool isAdded, long? previous = null) =>
        new("t", [new ReplicaChange("0", Shard.Term, previous ?? Set.Version, replica, isAdded, "test")]);
}
