using System.Collections.Immutable;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

[Trait("Requirement", "CL-6")]
public sealed class LeaseCalculatorTests
{
    private static readonly NodeKey A = SignalViews.Key("a"), B = SignalViews.Key("b"), C = SignalViews.Key("c"), D = SignalViews.Key("d"), E = SignalViews.Key("e");
    private static readonly MonotonicTime Unlimited = new(long.MaxValue), None = new(long.MinValue);
    private readonly LeaseCalculator _lease = new(A);

    [Fact]
    public void A_lone_node_needs_no_lease()
    {
        _lease.OnView(View(1, Set(1)), At(0));
        Assert.Equal(Unlimited, _lease.End);
    }

    [Fact]
    public void Three_nodes_need_one_echo_and_the_second_may_die()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Assert.Equal(None, _lease.End);
        Echo(B, 500, 1);
        Assert.Equal(At(500), _lease.End);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(9, 4)]
    [InlineData(10, 5)]
    public void A_majority_of_the_voters_counts_with_the_node_itself(int nodes, int echoes)
    {
        var observers = Enumerable.Range(1, nodes - 1).Select(i => new NodeKey("o" + i, (ulong)i)).Order().ToArray();
        _lease.OnView(View(1, Set(1, observers)), At(0));
        for (var i = 0; i < observers.Length; i++)
        {
            Assert.Equal(i >= echoes, _lease.End > At(0));
            Echo(observers[i], 500 + i, 1);
        }
    }

    [Fact]
    public void The_lease_ends_with_the_newest_signal_that_a_quorum_holds()
    {
        _lease.OnView(View(1, Set(1, B, C, D, E)), At(0));
        Echo(B, 900, 1);
        Echo(C, 500, 1);
        Echo(D, 700, 1);
        Assert.Equal(At(700), _lease.End);
        Echo(D, 600, 1); // An echo that was overtaken takes nothing away.
        Assert.Equal(At(700), _lease.End);
    }

    [Fact]
    public void With_two_nodes_the_witness_or_the_other_is_enough()
    {
        _lease.OnView(View(1, Witnessed(1, B)), At(0));
        Assert.True(_lease.NeedsWitness);
        Assert.Equal(None, _lease.End);
        _lease.OnWitnessRenewed(At(500), At(0));
        Assert.Equal(At(500), _lease.End);
        Echo(B, 600, 1);
        Assert.Equal(At(600), _lease.End);
    }

    /// <summary>SAFETY 1B-9: C follows entry 2 of the change before A does; its echo must not prolong the lease of the old set.</summary>
    [Fact]
    public void An_echo_of_an_epoch_newer_than_the_view_does_not_count()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        Echo(C, 900, 2);
        Assert.Equal(At(500), _lease.End);
    }

    [Fact]
    public void Joint_sets_need_a_quorum_each()
    {
        _lease.OnView(View(2, Set(1, B, C), Set(2, D, E)), At(0));
        Echo(B, 500, 2);
        Assert.Equal(None, _lease.End);
        Echo(D, 400, 2);
        Assert.Equal(At(400), _lease.End);
    }

    [Fact]
    public void A_new_set_is_adopted_with_its_lease_and_reported_only_then()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(1, B, C), Set(2, D, E)), At(100));
        Assert.Equal((At(500), 1, 1), (_lease.End, _lease.ReportedVersion, _lease.Epoch));
        Assert.True(_lease.IsAdopting);
        Echo(B, 700, 2); // B follows the new view already: for the old basis alone its echo is of a newer epoch.
        Assert.Equal(At(500), _lease.End);
        Echo(D, 600, 2, now: 200);
        Assert.Equal((At(600), 2, 2), (_lease.End, _lease.ReportedVersion, _lease.Epoch));
    }

    [Fact]
    public void A_new_set_that_never_answers_is_adopted_when_the_old_lease_ends()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(2, D, E)), At(100));
        _lease.OnTime(At(499));
        Assert.Equal(1, _lease.ReportedVersion);
        _lease.OnTime(At(500));
        Assert.Equal((None, 2L), (_lease.End, _lease.ReportedVersion));
    }

    [Fact]
    public void A_set_that_shares_enough_observers_is_adopted_at_once()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(1, B, C), Witnessed(2, B)), At(10));
        Assert.Equal((At(500), 2L), (_lease.End, _lease.ReportedVersion));
    }

    [Fact]
    public void Whoever_reads_of_its_own_loss_has_no_lease_any_more()
    {
        var view = View(1, Set(1, B, C));
        _lease.OnView(view, At(0));
        Echo(B, 500, 1);
        _lease.OnView(view.Lose(A), At(1));
        Assert.Equal(None, _lease.End);
        Echo(B, 900, 1);
        Assert.Equal(None, _lease.End);
    }

    [Fact]
    public void Echoes_of_strangers_change_nothing()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(E, 500, 1);
        Assert.Equal(None, _lease.End);
    }

    [Fact]
    public void An_echo_of_an_epoch_newer_than_the_view_does_not_help_the_next_view_either()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(C, 900, 3);
        _lease.OnView(View(2, Set(1, B, C), Set(2, C, D)), At(0));
        Assert.Equal((None, 2L), (_lease.End, _lease.ReportedVersion));
    }

    [Fact]
    public void Echoes_for_a_set_that_was_never_adopted_count_for_the_next_one_and_an_overtaken_one_takes_nothing_away()
    {
        var (f, g) = (SignalViews.Key("f"), SignalViews.Key("g"));
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(1, B, C), Set(2, D, E, f, g)), At(100));
        Echo(D, 700, 2, now: 200);
        Echo(D, 650, 2, now: 200);
        Assert.True(_lease.IsAdopting);

        _lease.OnView(View(3, Set(1, B, C), Set(3, C, D, E, f)), At(300));
        Assert.True(_lease.IsAdopting);
        Echo(E, 800, 3, now: 300);
        Assert.Equal((At(500), 3L), (_lease.End, _lease.ReportedVersion));
        Echo(B, 900, 3, now: 400);
        Assert.Equal(At(700), _lease.End);
    }

    [Fact]
    public void An_observer_that_left_all_sets_starts_anew_when_it_comes_back()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(1, B, C), Set(2, D, E)), At(0));
        Echo(D, 600, 2);
        _lease.OnView(View(3, Set(2, D, E)), At(0));
        _lease.OnView(View(4, Set(4, D, E)), At(0));
        _lease.OnView(View(5, Set(4, D, E), Set(5, B, C)), At(0));
        Assert.True(_lease.IsAdopting);
        Assert.Equal(At(600), _lease.End);
    }

    [Fact]
    public void A_lease_that_ends_now_is_none_to_adopt_a_set_with()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        _lease.OnView(View(2, Set(2, D, E)), At(100));
        Echo(D, 200, 2, now: 200);
        Assert.Equal((At(500), 1L), (_lease.End, _lease.ReportedVersion));
        Echo(D, 201, 2, now: 200);
        Assert.Equal((At(201), 2L), (_lease.End, _lease.ReportedVersion));
    }

    [Fact]
    public void The_witness_is_asked_for_as_soon_as_any_set_to_come_has_it_and_until_none_has()
    {
        _lease.OnView(View(1, Set(1, B, C)), At(0));
        Echo(B, 500, 1);
        Assert.False(_lease.NeedsWitness);
        _lease.OnView(View(2, Set(1, B, C), Witnessed(2, D)), At(0));
        Assert.True(_lease.NeedsWitness);
        _lease.OnWitnessRenewed(At(400), At(0));
        Assert.False(_lease.IsAdopting);
        _lease.OnView(View(3, Set(3, B, C)), At(0));
        Assert.False(_lease.NeedsWitness); // B holds a lease of the new set already.
    }

    [Fact]
    public void Of_two_voters_without_a_witness_both_are_needed_and_enough()
    {
        _lease.OnView(View(1, Set(1, B)), At(0));
        Assert.Equal(None, _lease.End);
        Echo(B, 500, 1);
        Assert.Equal(At(500), _lease.End);
    }

    private static ClusterView View(long version, params ObserverSet[] sets) =>
        SignalViews.Of(version, (A, 1)).WithSets(A, version, sets);

    private static ObserverSet Set(long epoch, params NodeKey[] observers) => new(epoch, observers.ToImmutableArray(), false);

    private static ObserverSet Witnessed(long epoch, params NodeKey[] observers) => new(epoch, observers.ToImmutableArray(), true);

    private static MonotonicTime At(int ms) => new(ms * TimeSpan.TicksPerMillisecond);

    private void Echo(NodeKey from, int leaseEndMs, long epoch, int now = 0) => _lease.OnEcho(from.Incarnation, At(leaseEndMs), epoch, At(now));
}
