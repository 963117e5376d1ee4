using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Who shall catch up: as many as the type asks for, on the nodes with the fewest copies.</summary>
[Trait("Requirement", "AR-5")]
public sealed class ReplicaDeciderTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d");

    private readonly DecidingLog _log = WithNodes("a", "b", "c", "d");

    [Fact]
    public void A_log_gets_learners_once_it_is_founded_and_they_are_spread()
    {
        _log.Hosted("t", 4, new Replication(2, 1), A, B, C).Placed("t", ("0", A), ("1", A), ("2", B), ("3", C));
        Assert.Empty(Assigned());
        foreach (var (shard, leader) in new[] { ("0", A), ("1", A), ("2", B) }) Add(shard, leader);

        var assigned = Assert.Single(_log.Decided<ControlChange.LearnersAssigned>());

        // b has one copy and c none: 0 goes to c, 1 to b, of equal ones the first by name; 2 to c, which has one now, as a has two; 3 was never founded.
        Assert.Equal(["0: c", "1: b", "2: c"], assigned.Assignments.Select(Text));
        Assert.Equal(Set("0").Version, assigned.Assignments[0].PreviousReplicas);
    }

    [Fact]
    public void Nobody_is_wanted_where_there_are_enough_or_no_more_nodes()
    {
        _log.Hosted("t", 1, new Replication(3, 1), A, B).Placed("t", ("0", A));
        Add("0", A);
        _log.Step();
        Assert.Equal(["b"], Set("0").Learners.ToArray());
        Assert.Empty(Assigned());
        Add("0", B);
        Assert.Empty(Assigned());

        _log.Hosted("t", 1, null, C);
        Assert.Equal(["0: c"], Assigned());
        _log.Step();
        _log.Hosted("t", 1, null, D);
        Assert.Empty(Assigned());
    }

    [Fact]
    public void Who_learns_goes_on_and_who_is_gone_is_replaced()
    {
        _log.Hosted("t", 1, new Replication(3, 1), A, B, C, D).Placed("t", ("0", A));
        Add("0", A);
        _log.Step();
        Assert.Equal(["b", "c"], Set("0").Learners.ToArray());

        _log.Leaving(C);
        Assert.Equal(["0: b, d"], Assigned());
        _log.Lost(B);
        Assert.Equal(["0: d"], Assigned()); // c leaves, and there is nobody else.
        _log.Step();
        Assert.Equal(["d"], Set("0").Learners.ToArray());
        Assert.Empty(Assigned());
    }

    [Fact]
    public void A_copy_in_sync_on_a_node_that_leaves_is_made_up_for()
    {
        _log.Hosted("t", 1, new Replication(2, 1), A, B, C).Placed("t", ("0", A));
        Add("0", A);
        _log.Step();
        Add("0", B);
        Assert.Empty(Assigned());

        _log.Leaving(B);

        Assert.Equal(["0: c"], Assigned());
    }

    [Fact]
    public void Fewer_copies_wanted_ends_the_learning_of_the_rest()
    {
        _log.Hosted("t", 1, new Replication(3, 1), A, B, C, D).Placed("t", ("0", A));
        Add("0", A);
        _log.Step();
        _log.Log.Accepted(A, 0, new ControlChange.ReplicationChanged("t", new Replication(2, 1), "test"));
        Assert.Empty(Assigned()); // Two of them harm nobody as long as they learn.

        _log.Lost(C);

        Assert.Empty(Assigned());
        Assert.Equal(["b"], Set("0").Learners.ToArray());
    }

    private string[] Assigned() => [.. _log.Decided<ControlChange.LearnersAssigned>().SelectMany(change => change.Assignments).Select(Text)];

    private static string Text(LearnerAssignment assignment) => $"{assignment.Shard}: {string.Join(", ", assignment.Learners)}";

    private ReplicaSet Set(string shard) => _log.View.Types["t"].Shards[shard].Replicas!;

    private void Add(string shard, NodeKey node) => _log.Log.Accepted(_log.View.Types["t"].Shards[shard].Leader!.Value, 0, new ControlChange.ReplicasChanged(
        "t", [new ReplicaChange(shard, _log.View.Types["t"].Shards[shard].Term, Set(shard).Version, new ReplicaId(node.Name, 1), IsAdded: true, "test")]));
}
