using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Who decides, and when. Schedules of several who do are <see cref="OrchestratorSimulationTests"/>'.</summary>
[Trait("Requirement", "CL-11")]
public sealed class OrchestratorTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d");

    private readonly DecidingLog _log = WithNodes("a", "b", "c");

    private TimeSpan Delay => _log.Options.ElectionDelay;

    [Fact]
    public void Only_the_orchestrator_decides_while_it_is_heard_and_nobody_who_is_no_member()
    {
        _log.Hosted("t", 1, null, A);
        Assert.NotNull(_log.Decide(self: A));
        Assert.Null(_log.Decide(self: B));
        Assert.Null(_log.Decide(self: D));
        _log.Lost(A);
        Assert.Null(_log.Decide(self: A));
    }

    [Fact]
    public void The_orchestrators_loss_the_election_and_the_failover_are_one_entry()
    {
        _log.Hosted("t", 1, null, A, B, C).Placed("t", ("0", A));

        var decision = _log.Step(_log.Votes(Vote(B, A), Vote(C, A)), self: B, held: TimeSpan.Zero);

        Assert.Equal(
            [typeof(ControlChange.NodeDown), typeof(ControlChange.OrchestratorElected), typeof(ControlChange.ShardsPlaced)],
            decision.Changes.Take(3).Select(change => change.GetType()));
        Assert.Equal((new OrchestratorSeat(_log.View.Version, B), "b"), (_log.View.Orchestrator, _log.Leader("t", "0")));
        Assert.StartsWith($"{A} lost (quorum: b, c); b decides: orchestrator {A} is down; shards of t placed: 1 to b", decision.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_successor_waits_its_turn_longer()
    {
        var votes = _log.Votes(Vote(B, A), Vote(C, A));
        Assert.Null(_log.Decide(out var wait, votes, C, held: TimeSpan.Zero)); // b comes first.
        Assert.Equal(Delay, wait);
        Assert.Null(_log.Decide(out wait, votes, C, held: Delay - TimeSpan.FromTicks(1)));
        Assert.Equal(1, wait.Ticks);

        Assert.Equal(C, Elected(votes, C, Delay));
    }

    [Fact]
    public void Who_is_lost_too_or_cannot_reach_the_store_is_passed_over()
    {
        var log = WithNodes("a", "b", "c", "d", "e");
        var (c, d, e) = (TestLog.Key("c"), TestLog.Key("d"), TestLog.Key("e"));
        var lost = log.Votes([.. new[] { c, d, e }.SelectMany(voter => new[] { Vote(voter, A), Vote(voter, B) })]);

        Assert.NotNull(log.Decide(lost, c, held: TimeSpan.Zero)); // It is the first: a and b are lost.
        Assert.Null(log.Decide(lost, d, held: TimeSpan.Zero));
        Assert.NotNull(log.Decide(lost with { SteppedDown = [c] }, d, held: TimeSpan.Zero));
        Assert.Null(log.Decide(lost with { SteppedDown = [c] }, c));
    }

    [Fact]
    public void An_orchestrator_without_the_store_is_replaced_although_it_is_up()
    {
        var steppedDown = _log.Calm with { SteppedDown = [A] };
        Assert.Null(_log.Decide(steppedDown, A));
        Assert.Null(_log.Decide(_log.Calm with { SteppedDown = [B] }, C)); // Not the one that decides.

        var elected = Assert.Single(_log.Decided<ControlChange.OrchestratorElected>(steppedDown, B, TimeSpan.Zero));

        Assert.Equal((B, _log.Log.Term, true), (elected.Node, elected.PreviousTerm, elected.PreviousSteppedDown));
        Assert.Contains("cannot reach the store", _log.Decide(steppedDown, B)!.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_up_comes_before_who_joins_and_who_leaves()
    {
        _log.Joined(D).Leaving(B).Leaving(A);
        Assert.Equal(C, Elected(_log.Calm, C, TimeSpan.Zero));
        Assert.Null(_log.Decide(self: D, held: TimeSpan.Zero));
        Assert.Equal(D, Elected(_log.Calm, D, Delay));
        Assert.Null(_log.Decide(self: B, held: Delay));
        Assert.Equal(B, Elected(_log.Calm, B, Delay * 2));
    }

    [Fact]
    public void The_first_node_elects_itself()
    {
        var log = new TestLog().Accepted(A, 0, new ControlChange.NodeJoined(TestLog.Facts(A), null, null));
        var memory = OrchestratorMemory.Empty(default).Observe(log.View, Evidence.None, default);

        var decision = Orchestrator.Decide(log.View, Evidence.None, memory, A, _log.Options);

        Assert.Equal(new ControlChange.OrchestratorElected(A, 0, false), decision!.Changes[0]);
        Assert.Contains("first orchestrator", decision.Why, StringComparison.Ordinal);
        Assert.Empty(log.Commit(A, decision));
    }

    [Fact]
    public void In_a_large_cluster_only_the_orchestrator_is_concerned_until_its_seat_is_vacant()
    {
        var names = Enumerable.Range(0, ViewLimits.SmallMax + 1).Select(i => $"n{i:00}").ToArray();
        var (first, last) = (TestLog.Key(names[0]), TestLog.Key(names[^1]));
        var small = WithNodes(names[..^1]);
        Assert.True(Orchestrator.IsConcerned(small.View, small.Calm, TestLog.Key(names[1])));
        Assert.Equal(TimeSpan.Zero, Orchestrator.Rest(small.View, small.Calm));

        var large = WithNodes(names);
        Assert.True(Orchestrator.IsConcerned(large.View, large.Calm, first));
        Assert.False(Orchestrator.IsConcerned(large.View, large.Calm, last));
        Assert.True(Orchestrator.IsConcerned(large.View, large.Calm with { SteppedDown = [first] }, last));

        // What can wait is gathered, a loss is not.
        Assert.Equal(TimeSpan.FromMilliseconds(names.Length), Orchestrator.Rest(large.View, large.Calm));
        Assert.Equal(TimeSpan.Zero, Orchestrator.Rest(large.View, large.Votes(Vote(first, last))));
        Assert.Equal(TimeSpan.Zero, Orchestrator.Rest(large.View, large.Calm with { Proofs = [new LossProof(last, TestLog.Evidence(LossKind.LockFile, first))] }));
        Assert.Equal(TimeSpan.Zero, Orchestrator.Rest(large.View, large.Calm with { SteppedDown = [last] }));
        large.Log.Accepted(last, 0, new ControlChange.NodeDown(first, TestLog.Evidence(LossKind.Operator)));
        Assert.Equal(TimeSpan.Zero, Orchestrator.Rest(large.View, Evidence.None));
    }

    [Fact]
    public void A_decision_names_the_next_time_at_which_it_would_be_another()
    {
        Assert.Null(_log.Decide(out var wait));
        Assert.True(wait > TimeSpan.FromDays(1_000));
        _log.Joined(D);

        Assert.Null(_log.Decide(out wait, _log.Behind(D, 0, 0), held: TimeSpan.FromSeconds(1)));

        Assert.Equal(_log.Options.JoiningTimeout - TimeSpan.FromSeconds(1), wait);
    }

    private NodeKey Elected(Evidence evidence, NodeKey self, TimeSpan held) =>
        Assert.Single(_log.Decided<ControlChange.OrchestratorElected>(evidence, self, held)).Node;
}
