using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

[Trait("Requirement", "CL-9")]
public sealed class EvidenceBookTests
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c"), Stranger = SignalViews.Key("s");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly ClusterView Three = SignalViews.Of(1, (A, 1), (B, 2), (C, 3));
    private static readonly LossEvidence Proof = new(LossKind.LockFile, [], null, null, null, "");

    private readonly EvidenceBook _book = new(A);

    public EvidenceBookTests() => _book.OnView(Three);

    [Fact]
    public void Nothing_is_new_at_the_start_or_when_it_is_said_again()
    {
        Assert.Null(_book.TakeChanged());
        Report(B, C);
        Assert.NotNull(_book.TakeChanged());
        Assert.Null(_book.TakeChanged());
        Report(B, C);
        _book.OnView(Three);
        _book.Restore(B); // Never supported.
        _book.Witnesses([]);
        Assert.Null(_book.TakeChanged());
    }

    [Fact]
    public void Support_of_others_stands_as_long_as_their_signals_say_so()
    {
        Report(B, C);
        Assert.Equal(new LossVote(B, C, null, Now, ""), Assert.Single(Taken().Votes));
        Report(B);
        Assert.Empty(Taken().Votes);
    }

    [Fact]
    public void Own_support_is_taken_back_by_this_node_alone()
    {
        _book.Support(C, Now, Now.AddSeconds(1), "silent");
        Report(B);
        Report(A); // What this node says of itself does not hold its votes.
        Assert.Equal(new LossVote(A, C, Now, Now.AddSeconds(1), "silent"), Assert.Single(Taken().Votes));
        _book.Restore(C);
        Assert.Empty(Taken().Votes);
    }

    [Fact]
    public void One_observer_that_hears_a_peer_again_does_not_take_back_the_support_of_another()
    {
        _book.Support(C, null, Now, "");
        Report(B, C);
        Assert.Equal([A, B], Taken().Votes.Select(v => v.Observer));
        Report(B);
        Assert.Equal([A], Taken().Votes.Select(v => v.Observer));
    }

    [Fact]
    public void Strangers_support_nothing_and_are_not_supported_to_be_lost()
    {
        Report(Stranger, C);
        Assert.Null(_book.TakeChanged());
        Report(B, Stranger);
        Assert.Empty(Taken().Votes);
        Assert.False(_book.Prove(Stranger, Proof));
        Assert.Null(_book.TakeChanged());
    }

    [Fact]
    public void This_node_reports_before_it_is_a_member()
    {
        _book.OnView(SignalViews.Of(1, (B, 2)));
        _book.Report(new SignalEvent.Reported(A, 7, 6, [], [], SteppedDown: false), Now);
        Assert.Equal(new AppliedReport(A, 7, 6), Assert.Single(Taken().Reports));
    }

    [Fact]
    public void A_proof_is_news_once()
    {
        Assert.True(_book.Prove(C, Proof));
        Assert.False(_book.Prove(C, Proof));
        Assert.Equal(new LossProof(C, Proof), Assert.Single(Taken().Proofs));
    }

    [Fact]
    public void Reports_and_stepping_down_follow_the_newest_word()
    {
        _book.Report(new SignalEvent.Reported(B, 3, 2, [], [], SteppedDown: true), Now);
        var evidence = Taken();
        Assert.Equal(new AppliedReport(B, 3, 2), Assert.Single(evidence.Reports));
        Assert.Equal(B, Assert.Single(evidence.SteppedDown));

        _book.Report(new SignalEvent.Reported(B, 3, 2, [], [], SteppedDown: false), Now);
        Assert.Empty(Taken().SteppedDown);
        _book.Report(new SignalEvent.Reported(B, 3, 3, [], [], SteppedDown: false), Now);
        Assert.Equal(new AppliedReport(B, 3, 3), Assert.Single(Taken().Reports));
    }

    [Fact]
    public void Witnesses_that_stand_still_are_those_of_the_last_look()
    {
        _book.Witnesses([new StillWitness(B, 4)]);
        Assert.Equal(new StillWitness(B, 4), Assert.Single(Taken().StillWitnesses));
        _book.Witnesses([new StillWitness(B, 4)]);
        Assert.Null(_book.TakeChanged());
        _book.Witnesses([]);
        Assert.Empty(Taken().StillWitnesses);
    }

    [Fact]
    public void Whoever_is_lost_takes_its_word_and_what_was_said_of_it_along()
    {
        _book.Support(B, null, Now, "");
        _book.Report(new SignalEvent.Reported(B, 1, 1, [C], [], SteppedDown: true), Now);
        Report(C);
        _book.Prove(B, Proof);
        _book.Prove(C, Proof);
        Taken();

        _book.OnView(Three.Lose(B));
        var evidence = Taken();
        Assert.Empty(evidence.Votes);
        Assert.Equal([C], evidence.Proofs.Select(p => p.Peer));
        Assert.Equal([C], evidence.Reports.Select(r => r.Node));
        Assert.Empty(evidence.SteppedDown);
    }

    private void Report(NodeKey from, params NodeKey[] supports) =>
        _book.Report(new SignalEvent.Reported(from, 1, 1, [.. supports], [], SteppedDown: false), Now);

    private Evidence Taken()
    {
        var evidence = _book.TakeChanged();
        Assert.NotNull(evidence);
        return evidence;
    }
}
