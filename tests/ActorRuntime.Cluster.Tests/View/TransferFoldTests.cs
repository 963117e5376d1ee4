using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.ControlLog.ControlChange;

namespace ActorRuntime.Cluster.Tests.View;

/// <summary>A leader is asked to make another node the leader, and does, or is asked no more.</summary>
[Trait("Requirement", "AR-5")]
public sealed class TransferFoldTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c");

    private readonly TestLog _log = TestLog.WithNodes("a", "b", "c");

    public TransferFoldTests()
    {
        foreach (var host in new[] { A, B }) _log.Accepted(host, 0, new UnitTypeHosted(host, "t", 1));
        _log.Accepted(A, _log.Term, new ShardsPlaced("t", TestLog.Placement("0", 0, B)));
    }

    private ShardState Shard => _log.View.Types["t"].Shards["0"];

    [Fact]
    public void The_leader_that_was_asked_places_the_next_one()
    {
        _log.Accepted(A, _log.Term, Asks(A));
        Assert.Equal(new ShardTransfer(A, _log.View.Version), Shard.Transfer);
        Assert.Equal(B, Shard.Leader);

        _log.Accepted(B, 0, HandsOver(A));

        Assert.Equal((A, _log.View.Version, null), (Shard.Leader, Shard.Term, Shard.Transfer));
        Assert.Equal("a", Shard.Home);
    }

    [Fact]
    public void Nobody_else_does_and_nothing_else_than_what_was_asked_for()
    {
        Refused(B, HandsOver(A, transfer: 7), "nothing is asked for");
        _log.Accepted(A, _log.Term, Asks(A));

        Refused(A, HandsOver(A), "b#0000000000000001 leads");
        Refused(B, HandsOver(C), "asks for a#");
        Refused(B, HandsOver(A, Shard.Transfer!.Version - 1), "asks for a#");
        Refused(B, new ShardsPlaced("t", [new("0", Shard.Term, A, [])]), "the orchestrator is");
    }

    [Fact]
    public void A_leader_that_is_asked_no_more_cannot_hand_over_late()
    {
        _log.Accepted(A, _log.Term, Asks(A));
        var late = HandsOver(A);
        _log.Accepted(A, _log.Term, Asks(null));
        Refused(B, late, "nothing is asked for");

        _log.Accepted(A, _log.Term, Asks(A));
        Refused(B, late, "asks for a#"); // The same, asked for anew: it may have served meanwhile.
        Assert.Equal(B, Shard.Leader);
    }

    [Fact]
    public void The_orchestrator_or_an_operator_asks_for_what_can_be_done()
    {
        Refused(C, Asks(A), "decided by c#", term: 1);
        Refused(C, Asks(B), "leads it already");
        Refused(C, Asks(C), "does not host");
        Refused(C, Asks(null), "no transfer");
        Refused(C, new TransfersChanged("t", [new("0", Shard.Term - 1, A)]), "the term is");
        Refused(C, new TransfersChanged("t", [new("1", Shard.Term, A)]), "unknown");
        Refused(C, new TransfersChanged("none", []), "no unit type none");
        _log.Accepted(C, 0, Asks(A));
        Refused(C, Asks(A), "already");
        _log.Accepted(A, 0, new NodeLeaving(A));
        Refused(B, HandsOver(A), "is not up");
    }

    [Fact]
    public void Whoever_is_not_in_sync_is_not_asked_for()
    {
        foreach (var host in new[] { A, B }) _log.Accepted(host, 0, new UnitTypeHosted(host, "r", 1, new Replication(2, 1)));
        _log.Accepted(A, _log.Term, new ShardsPlaced("r", TestLog.Placement("0", 0, B)));
        var term = _log.View.Types["r"].Shards["0"].Term;
        _log.Accepted(B, 0, new ReplicasChanged("r", [new("0", term, 0, new ReplicaId("b", 1), true, "test")]));
        Refused(A, new TransfersChanged("r", [new("0", term, A)]), "not in sync");
    }

    [Fact]
    public void The_orchestrator_need_not_wait_for_the_leader()
    {
        _log.Accepted(A, _log.Term, Asks(A));
        _log.Accepted(A, _log.Term, new ShardsPlaced("t", TestLog.Placement("0", Shard.Term, A)));
        Assert.Equal((A, null), (Shard.Leader, Shard.Transfer));
    }

    private TransfersChanged Asks(NodeKey? to) => new("t", [new("0", Shard.Term, to)]);

    private ShardsPlaced HandsOver(NodeKey to, long? transfer = null) => new("t", [new("0", Shard.Term, to, [], 0, transfer ?? Shard.Transfer!.Version)]);

    private void Refused(NodeKey proposer, ControlChange change, string why, long term = 0) =>
        Assert.Contains(why, Assert.Single(_log.Commit(proposer, term, change)), StringComparison.Ordinal);
}
