using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

[Trait("Requirement", "CL-6")]
public sealed class TakeoverGateTests
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c"), D = SignalViews.Key("d");
    private static readonly SignalTiming Timing = new SignalOptions().Timing;
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(500);
    private readonly TakeoverGate _gate = new(B);

    [Theory]
    [InlineData(LossKind.LockFile, true)]
    [InlineData(LossKind.Supervisor, true)]
    [InlineData(LossKind.Itself, true)]
    [InlineData(LossKind.Ended, true)]
    [InlineData(LossKind.Quorum, false)]
    [InlineData(LossKind.Operator, false)]
    public void Only_authoritative_evidence_opens_at_once(LossKind kind, bool opens)
    {
        var view = Three().Lose(A, kind);
        _gate.OnView(view, Timing, At(0));
        Assert.Equal(opens, _gate.IsClear(A, view.Version));
    }

    [Fact]
    public void Proof_that_comes_later_opens()
    {
        var view = Three().Lose(A);
        _gate.OnView(view, Timing, At(0));
        var lost = view.Lost[A];
        _gate.OnView(view with { Version = 3, Lost = view.Lost.SetItem(A, lost with { Evidence = lost.Evidence with { Kind = LossKind.LockFile } }) },
            Timing, At(1));
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void A_loss_quorum_that_applied_and_lists_it_silent_opens()
    {
        _gate.OnView(Three().Lose(A), Timing, At(0));
        Report(B, 2, A);
        Assert.False(_gate.IsClear(A, 2));
        Report(C, 1, A); // Silent, but it may still hear and echo: it has not applied the loss.
        Assert.False(_gate.IsClear(A, 2));
        Report(C, 2, A);
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void Waiting_loss_after_from_the_report_stands_for_silence()
    {
        _gate.OnView(Three().Lose(A), Timing, At(0));
        Report(B, 2, A);
        Report(C, 2, 100);
        Report(C, 2, 200); // The first one counts, else an observer that reports often would never do.
        _gate.OnTime(At(699));
        Assert.False(_gate.IsClear(A, 2));
        Assert.Equal(At(700), _gate.Deadline);
        _gate.OnTime(At(700));
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void The_wait_covers_the_longest_lease_the_observer_may_have_granted()
    {
        _gate.OnView(Three().Lose(A), Timing, At(0));
        Report(B, 2, A);
        _gate.OnReport(C, 2, [], TimeSpan.FromSeconds(2), Timing, At(0));
        _gate.OnTime(At(2000));
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnTime(At(2054));
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void An_observer_whose_end_is_proven_needs_no_report_but_its_last_echoes_are_waited_for()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3), (D, 4)).Lose(A); // 4 voters: lease quorum 3, loss quorum 2.
        _gate.OnView(view, Timing, At(0));
        Report(B, 2, A);
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnView(view.Lose(C, LossKind.LockFile), Timing, At(1));
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnTime(At(1) + Timing.LossAfter);
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void An_observer_that_left_in_order_may_still_echo_and_does_not_count()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3), (D, 4)).Lose(A);
        _gate.OnView(view, Timing, At(0));
        Report(B, 2, A);
        _gate.OnView(view.Lose(C, LossKind.Itself), Timing, At(1));
        Assert.False(_gate.IsClear(A, 2));
    }

    [Fact]
    public void Each_set_not_retired_needs_its_quorum()
    {
        var view = Three();
        view = view.WithSets(A, 2, new ObserverSet(1, [B, C], false), new ObserverSet(2, [D], true)).Lose(A, witnessSequence: 9);
        _gate.OnView(view, Timing, At(0));
        Report(B, 3, A);
        Report(C, 3, A);
        Assert.False(_gate.IsClear(A, 3));
        Report(D, 3, A);
        Assert.True(_gate.IsClear(A, 3));
    }

    [Fact]
    public void With_two_nodes_the_fenced_witness_and_the_successor_are_enough()
    {
        _gate.OnView(SignalViews.Of(1, (A, 1), (B, 2)).Lose(A, witnessSequence: 5), Timing, At(0));
        Assert.False(_gate.IsClear(A, 2));
        Report(B, 2, A);
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void A_witness_fenced_without_having_stood_still_counts_after_loss_after()
    {
        _gate.OnView(SignalViews.Of(1, (A, 1), (B, 2)).Lose(A), Timing, At(0));
        Report(B, 2, A);
        _gate.OnTime(At((int)Timing.LossAfter.TotalMilliseconds - 1));
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnTime(At((int)Timing.LossAfter.TotalMilliseconds));
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    [Trait("Requirement", "CL-10")]
    public void A_predecessor_that_lives_is_clear_once_it_has_applied_the_hand_over()
    {
        _gate.OnView(Three() with { Version = 7 }, Timing, At(0));
        Report(A, 6);
        Assert.False(_gate.IsClear(A, 7));
        Report(A, 7);
        Assert.True(_gate.IsClear(A, 7));
        Assert.False(_gate.IsClear(A, 8)); // Not applied here.
        Assert.True(_gate.IsClear(B, 7)); // This node itself.
    }

    [Fact]
    public void A_node_that_joined_after_the_loss_works_from_fresh_reports_alone()
    {
        var late = new TakeoverGate(D);
        var view = Three().Lose(A);
        view = view.With(SignalViews.Of(5, (D, 9)).Find(D)!) with { Version = 5 };
        late.OnView(view, Timing, At(0));
        Assert.Equal([B, C], late.Awaited);
        late.OnReport(B, 5, [A.Incarnation], Lease, Timing, At(1));
        late.OnReport(C, 5, [A.Incarnation], Lease, Timing, At(2));
        Assert.True(late.IsClear(A, 5));
    }

    [Fact]
    public void Observers_that_died_before_they_said_a_word_are_waited_for_as_long_as_a_loss_takes()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3), (D, 4)).Lose(A); // Loss quorum 2: the two dead are enough.
        _gate.OnView(view.Lose(C, LossKind.LockFile).Lose(D, LossKind.LockFile), Timing, At(0));
        _gate.OnTime(At(0) + (Timing.LossAfter - TimeSpan.FromTicks(1)));
        Assert.False(_gate.IsClear(A, 2));
        Assert.Equal(At(0) + Timing.LossAfter, _gate.Deadline);
        _gate.OnTime(At(0) + Timing.LossAfter);
        Assert.True(_gate.IsClear(A, 2));
    }

    [Fact]
    public void Last_echoes_of_the_dead_are_waited_for_as_long_as_the_longest_lease_that_anybody_heard_of()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3), (D, 4)).Lose(A); // Loss quorum 2.
        _gate.OnView(view, Timing, At(0));
        Report(B, 2, A);
        _gate.OnReport(C, 1, [], TimeSpan.FromSeconds(2), Timing, At(0)); // Has not applied the loss; D may have granted as much.
        _gate.OnView(view.Lose(D, LossKind.LockFile), Timing, At(1));
        _gate.OnTime(At(2001));
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnTime(At(1) + Timing.SilenceFor(TimeSpan.FromSeconds(2)));
        Assert.True(_gate.IsClear(A, 2));
    }

    [Theory]
    [InlineData(LossKind.Quorum, false)]
    [InlineData(LossKind.Operator, true)]
    public void A_lone_node_is_gone_when_an_operator_says_so_and_never_by_time(LossKind kind, bool opens)
    {
        var view = SignalViews.Of(1, (A, 1)).Lose(A, kind);
        _gate.OnView(view, Timing, At(0));
        _gate.OnTime(At(1_000_000));
        Assert.Equal(opens, _gate.IsClear(A, view.Version));
        Assert.Equal(opens ? [] : [A], _gate.Closed);
        Assert.Equal(opens ? [A] : [], _gate.Open);
    }

    [Fact]
    public void Deadline_is_the_earliest_at_which_an_observer_may_count()
    {
        var view = SignalViews.Of(1, (A, 1), (B, 2), (C, 3), (D, 4), (Key("e"), 5), (Key("f"), 6)).Lose(A); // Loss quorum 3.
        _gate.OnView(view, Timing, At(0));
        Report(C, 2, 100);
        Report(D, 2, 200);
        Report(Key("e"), 2, 150);
        _gate.OnTime(At(650)); // The witness of a set that has one would have counted at 600.
        Assert.Equal(At(700), _gate.Deadline);
        _gate.OnTime(At(700));
        Assert.Equal(At(750), _gate.Deadline);
        _gate.OnTime(At(799));
        Assert.False(_gate.IsClear(A, 2));
        _gate.OnTime(At(800));
        Assert.True(_gate.IsClear(A, 2));
        Assert.Equal(new MonotonicTime(long.MaxValue), _gate.Deadline);
    }

    [Fact]
    public void Deadline_of_a_witness_fenced_without_having_stood_still_is_loss_after()
    {
        _gate.OnView(SignalViews.Of(1, (A, 1), (B, 2)).Lose(A), Timing, At(0));
        Assert.Equal(At(0) + Timing.LossAfter, _gate.Deadline);
        Report(B, 2, now: 100); // Would count at 700, which is later.
        Assert.Equal(At(0) + Timing.LossAfter, _gate.Deadline);
        _gate.OnTime(At(0) + Timing.LossAfter);
        Assert.Equal(At(700), _gate.Deadline);
    }

    [Fact]
    public void Changes_count_what_may_change_an_answer_and_nothing_else()
    {
        var before = _gate.Changes;
        _gate.OnView(Three(), Timing, At(0));
        Assert.True(_gate.Changes > before);

        (before, var view) = (_gate.Changes, Three().Lose(A));
        Report(A, 1);
        Assert.True(_gate.Changes > before);
        before = _gate.Changes;
        Report(A, 1);
        _gate.OnTime(At(1));
        Assert.Equal(before, _gate.Changes);

        _gate.OnView(view, Timing, At(2));
        Report(B, 2, A);
        before = _gate.Changes;
        _gate.OnTime(At(3));
        Assert.Equal(before, _gate.Changes);
        _gate.OnReport(C, 2, [A.Incarnation], Lease, Timing, At(4));
        Assert.True(_gate.Changes >= before + 2); // The report, and the gate.
        before = _gate.Changes;
        _gate.OnTime(At(5));
        Assert.Equal(before, _gate.Changes);
    }

    [Fact]
    public void Nodes_that_are_gone_leave_nothing_behind()
    {
        _gate.OnView(Three(), Timing, At(0));
        Report(A, 1);
        Report(B, 1); // This node itself, which nobody asks.
        Report(C, 1);
        var lost = Three().Lose(A);
        _gate.OnView(lost, Timing, At(1));
        Assert.Equal([C], _gate.Reported.Keys);
        Assert.False(_gate.IsClear(A, 2));

        // So many losses later that the view remembers it no more.
        _gate.OnView(lost with { Version = 3, Lost = lost.Lost.Remove(A) }, Timing, At(2));
        Assert.Empty(_gate.Closed);
        Assert.True(_gate.IsClear(A, 3));
    }

    private static NodeKey Key(string name) => SignalViews.Key(name);

    private static ClusterView Three() => SignalViews.Of(1, (A, 1), (B, 2), (C, 3));

    private static MonotonicTime At(int ms) => new(ms * TimeSpan.TicksPerMillisecond);

    private void Report(NodeKey from, long applied, NodeKey silent) => _gate.OnReport(from, applied, [silent.Incarnation], Lease, Timing, At(0));

    private void Report(NodeKey from, long applied, int now = 0) => _gate.OnReport(from, applied, [], Lease, Timing, At(now));
}
