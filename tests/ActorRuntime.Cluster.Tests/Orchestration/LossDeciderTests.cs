using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>What is evidence enough to propose a loss. Whether it is accepted is the view's to say (<see cref="LossRules"/>).</summary>
[Trait("Requirement", "CL-9")]
public sealed class LossDeciderTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d"), E = TestLog.Key("e");

    [Fact]
    public void A_quorum_of_different_living_observers_makes_a_loss()
    {
        var log = WithNodes("a", "b", "c");
        Assert.Null(log.Decide(log.Votes(Vote(A, C))));
        Assert.Null(log.Decide(log.Votes(Vote(A, C), Vote(A, C))));
        Assert.Null(log.Decide(log.Votes(Vote(A, C), Vote(C, C)))); // Nobody votes on itself.
        Assert.Null(log.Decide(log.Votes(Vote(A, C), Vote(TestLog.Key("b", 2), C)))); // No member.
        Assert.Null(log.Decide(log.Votes(Vote(A, C), Vote(B, TestLog.Key("c", 2))))); // About another life.

        var (first, last) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(1));
        var down = Assert.IsType<ControlChange.NodeDown>(log.Decide(log.Votes(
            new LossVote(B, C, last, last, "b's"), new LossVote(A, C, first, first, "a's"), Vote(A, B)))!.Changes[0]);
        Assert.Equal((C, LossKind.Quorum, null), (down.Node, down.Evidence.Kind, down.Evidence.WitnessSequence));
        Assert.Equal([A, B], down.Evidence.Supporters.ToArray());
        Assert.Equal((first, last, "b's"), (down.Evidence.SuspectedAt, down.Evidence.ConfirmedAt, down.Evidence.Detail));
    }

    [Fact]
    public void A_node_never_declares_itself_lost()
    {
        var log = WithNodes("a", "b", "c");
        var votes = log.Votes(Vote(B, A), Vote(C, A));

        Assert.Null(log.Decide(votes, self: A));
        Assert.Equal(A, Assert.Single(log.Decided<ControlChange.NodeDown>(votes, self: B)).Node);
    }

    [Fact]
    public void A_proof_needs_no_votes_and_one_that_proves_nothing_leaves_them_in_force()
    {
        var log = WithNodes("a", "b", "c");
        var proof = new LossProof(C, TestLog.Evidence(LossKind.LockFile, B));
        var votes = log.Votes(Vote(A, C), Vote(B, C));
        Assert.Equal(LossKind.LockFile, Kind(votes with { Proofs = [proof] }));
        Assert.Equal(LossKind.LockFile, Kind(log.Calm with { Proofs = [new LossProof(TestLog.Key("c", 2), proof.Evidence), proof] }));
        Assert.Equal(LossKind.Quorum, Kind(votes with { Proofs = [new LossProof(C, TestLog.Evidence(LossKind.LockFile, A, B))] })); // One holds a lock.
        Assert.Null(log.Decide(log.Calm with { Proofs = [new LossProof(C, TestLog.Evidence(LossKind.LockFile, A, B))] }));

        LossKind Kind(Evidence evidence) => Assert.Single(log.Decided<ControlChange.NodeDown>(evidence)).Evidence.Kind;
    }

    [Fact]
    public void Of_two_nodes_the_other_one_needs_the_witness()
    {
        var log = WithNodes("a", "b");
        var vote = log.Votes(Vote(A, B));
        Assert.Null(log.Decide(vote));
        Assert.Null(log.Decide(vote with { StillWitnesses = [new StillWitness(A, 7)] }));
        Assert.Null(log.Decide(log.Calm with { StillWitnesses = [new StillWitness(B, 7)] }));

        var down = Assert.Single(log.Decided<ControlChange.NodeDown>(vote with { StillWitnesses = [new StillWitness(A, 6), new StillWitness(B, 7)] }));
        Assert.Equal(7, down.Evidence.WitnessSequence);
    }

    [Fact]
    public void Where_the_witness_has_no_vote_its_row_is_not_named()
    {
        var log = WithNodes("a", "b", "c");
        var evidence = log.Votes(Vote(A, C), Vote(B, C)) with { StillWitnesses = [new StillWitness(C, 7)] };

        Assert.Null(Assert.Single(log.Decided<ControlChange.NodeDown>(evidence)).Evidence.WitnessSequence);
        Assert.Null(log.Decide(log.Votes(Vote(A, C)) with { StillWitnesses = [new StillWitness(C, 7)] }));
    }

    [Fact]
    public void Who_is_lost_with_the_same_entry_supports_nothing_after_it()
    {
        var log = WithNodes("a", "b", "c", "d", "e");
        var evidence = log.Votes(Vote(A, D), Vote(A, E), Vote(B, D), Vote(B, E), Vote(C, D), Vote(C, E), Vote(D, E), Vote(E, D));

        var down = log.Decided<ControlChange.NodeDown>(evidence);

        Assert.Equal([D, E], down.Select(d => d.Node));
        Assert.Equal([A, B, C, E], down[0].Evidence.Supporters.ToArray());
        Assert.Equal([A, B, C], down[1].Evidence.Supporters.ToArray());
    }
}
