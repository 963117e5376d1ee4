using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Tests.ControlLog;
using ActorRuntime.Cluster.View;
using Xunit;
using static ActorRuntime.Cluster.Tests.Orchestration.DecidingLog;

namespace ActorRuntime.Cluster.Tests.Orchestration;

/// <summary>Where shards are placed when they have to be, and when they are moved by choice.</summary>
[Trait("Requirement", "AR-3")]
public sealed class PlacementTests
{
    private static readonly NodeKey A = TestLog.Key("a"), B = TestLog.Key("b"), C = TestLog.Key("c"), D = TestLog.Key("d"), BAgain = TestLog.Key("b", 2);

    private readonly DecidingLog _log = WithNodes("a", "b", "c");

    [Fact]
    public void Shards_are_spread_evenly_over_the_nodes_that_host_them()
    {
        _log.Hosted("t", 5, null, C, B, A);

        Assert.Equal(["0 to a", "1 to b", "2 to c", "3 to a", "4 to b"], Placements()); // Of equals the oldest node.
        Assert.Equal("shards of t placed: 2 to a, 2 to b, 1 to c", _log.Decide()!.Why);
        _log.Leaving(B);
        Assert.Equal(["0 to a", "1 to c", "2 to a", "3 to c", "4 to a"], Placements());
        _log.Lost(C);
        Assert.Equal(["0 to a", "1 to a", "2 to a", "3 to a", "4 to a"], Placements());
    }

    [Fact]
    public void A_type_that_nobody_up_hosts_waits()
    {
        _log.Hosted("t", 2, null, B).Lost(B);
        Assert.Empty(Placements());

        _log.Joined(D).Hosted("t", 2, null, D);
        Assert.Empty(Placements(_log.Behind(D, 0, 0))); // It has not said that it knows it has joined.
        Assert.Equal(["0 to d", "1 to d"], Placements());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_what_lost_its_leader_is_placed_anew_and_its_successor_waits_for_it(bool isLost)
    {
        _log.Hosted("t", 4, null, A, B, C).Placed("t", ("0", A), ("1", B), ("2", C), ("3", B));
        if (isLost) _log.Lost(B);
        else AskedInVain(B);

        var placed = Assert.Single(_log.Decided<ControlChange.ShardsPlaced>()).Placements;

        Assert.Equal(["1 to a", "3 to c"], placed.Select(Text));
        Assert.All(placed, placement => Assert.Equal([B], placement.Predecessors.ToArray()));
        Assert.Empty(Placed(_log.Calm with { Silenced = [B] })[0].Predecessors);
    }

    [Fact]
    public void A_successor_of_a_successor_waits_for_both_until_the_first_has_handed_over()
    {
        _log.Hosted("t", 1, null, A, B, C).Placed("t", ("0", B));
        AskedInVain(B);
        var before = _log.View.Version;
        _log.Step();
        Assert.Equal(("a", B), (_log.Leader("t", "0"), Assert.Single(_log.View.Types["t"].Shards["0"].Predecessors)));
        AskedInVain(A, _log.Behind(B, before, before));

        Assert.Equal([A, B], Placed(_log.Behind(B, before, before))[0].Predecessors.ToArray());
        Assert.Equal([A], Placed(_log.Calm)[0].Predecessors.ToArray());
    }

    [Fact]
    public void A_shard_whose_leader_is_gone_goes_home_where_that_is_up()
    {
        _log.Hosted("t", 3, null, A, B, C).Placed("t", ("0", B), ("1", B), ("2", A)).Lost(B).Placed("t", ("0", C));
        Assert.Equal("b", _log.View.Types["t"].Shards["0"].Home);
        Return();

        Assert.Equal(["1 to b"], Placements(held: TimeSpan.Zero));
        _log.Lost(C);
        Assert.Equal(["0 to b", "1 to b"], Placements(held: TimeSpan.Zero));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_shard_with_a_log_goes_only_to_a_copy_that_has_everything()
    {
        _log.Hosted("t", 1, new Replication(3, 1), A, B, C).Placed("t", ("0", B));
        Add(B);
        _log.Step();
        Add(C);
        _log.Lost(B);
        Assert.Equal(["0 to c"], Placements());
        Assert.Equal(_log.View.Types["t"].Shards["0"].Replicas!.Version, Placed(_log.Calm)[0].PreviousReplicas);

        _log.Lost(C);
        Assert.Empty(Placements()); // a is up, and lacks what b and c have committed.
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void Senders_of_one_flow_stand_apart_and_first_senders_are_spread()
    {
        _log.Hosted("t", 1, null, A).Placed("t", ("0", A)).Hosted("s", 0, null, A, B, C);
        Define("f", "s1", "s2", "s3", "s4");
        Define("g", "x1", "x2");

        var placed = Placements();

        // Two first senders on two nodes, then their standbys beside none of their own; the fourth has no node of its own left.
        Assert.Equal(["s1 to a", "x1 to b", "s2 to c", "x2 to a", "s3 to b", "s4 to c"], placed.OrderBy(text => (text[1], text)));
        Assert.Equal(["s1", "x1", "s2", "x2"], placed.Take(4).Select(text => text[..2]));
    }

    [Fact]
    public void Loads_are_evened_out_step_by_step_towards_nodes_that_have_been_up_for_a_while()
    {
        _log.Hosted("t", 6, null, A, B).Placed("t", [.. Enumerable.Range(0, 6).Select(i => ($"{i}", A))]);
        _log.Options = new OrchestratorOptions { RebalanceBatch = 2 };
        Assert.Empty(Placements(held: _log.Options.RebalanceInterval - TimeSpan.FromTicks(1)));
        Assert.Empty(Placements(held: _log.Options.RebalanceAfter - TimeSpan.FromTicks(1)));

        Assert.Equal(["0 to b", "1 to b"], Placements(held: _log.Options.RebalanceAfter));
        Assert.Contains("2 to b", _log.Step().Why, StringComparison.Ordinal);
        Assert.Equal(["0 to b", "1 to b"], Placed(_log.Calm).Select(Text)); // Nobody handed them over.
        _log.Step();
        Assert.Equal(["2 to b"], Placements());
        _log.Options = new OrchestratorOptions { RebalanceThreshold = 3 };
        Assert.Empty(Placements()); // Four and two.
    }

    [Fact]
    public void Nothing_is_moved_by_choice_while_a_failure_is_handled()
    {
        _log.Hosted("t", 4, null, A, B).Placed("t", ("0", A), ("1", A), ("2", A), ("3", A));
        Assert.NotEmpty(Placements());

        Assert.Empty(Placements(_log.Votes(Vote(B, C))));
        Assert.Empty(Placements(_log.Calm with { Proofs = [new LossProof(C, TestLog.Evidence(LossKind.LockFile, A, B))] }));
        Assert.Empty(Placements(_log.Behind(C, _log.View.Types["t"].Shards["0"].Term - 1, 0)));
        Assert.NotEmpty(Placements(_log.Behind(C, _log.View.Types["t"].Shards["0"].Term, 0)));
        Assert.NotEmpty(Placements(_log.Votes(Vote(B, TestLog.Key("c", 2))))); // Nobody lives under that name.
        _log.Options = new OrchestratorOptions { Rebalance = false };
        Assert.Empty(Placements());
    }

    [Fact]
    public void After_a_loss_moves_by_choice_rest()
    {
        _log.Hosted("t", 4, null, A, B).Placed("t", ("0", A), ("1", A), ("2", A), ("3", A)).Lost(C);
        _log.Settle();
        _log.Options = new OrchestratorOptions { RebalanceAfter = TimeSpan.Zero, RebalanceInterval = TimeSpan.FromSeconds(9) };
        _log.Placed("t", ("0", A), ("1", A), ("2", A), ("3", A));

        Assert.Empty(Placements(held: TimeSpan.FromSeconds(8)));
        Assert.Equal(["0 to b", "1 to b"], Placements(held: TimeSpan.FromSeconds(9)));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_move_by_choice_goes_only_to_a_log_in_sync()
    {
        _log.Hosted("t", 2, new Replication(2, 1), A, B).Placed("t", ("0", A), ("1", A));
        foreach (var shard in new[] { "0", "1" }) Add(A, shard);
        _log.Step();
        Assert.Empty(Placements()); // b learns.
        Add(B, "1");

        Assert.Equal(["1 to b"], Placements());
    }

    [Fact, Trait("Requirement", "CL-7")]
    public void An_active_sender_is_not_moved_by_choice_and_a_standby_not_beside_it()
    {
        _log.Hosted("t", 1, null, C).Placed("t", ("0", C)).Hosted("s", 0, null, A, B);
        Define("f", "s1", "s2");
        _log.Placed("s", ("s1", A), ("s2", B)).Step();
        Assert.Equal(0, _log.View.Flows["f"].Active);
        Define("g", "x1", "x2");
        _log.Placed("s", ("x1", A), ("x2", A));

        // a has s1, which sends, and x1, x2; b has s2. x1 would do no harm there.
        Assert.Equal(["x1 to b"], Placements());
        _log.Placed("s", ("s1", A), ("s2", A), ("x1", B), ("x2", B));
        Assert.Equal([], Placements().Where(text => text.StartsWith("s1", StringComparison.Ordinal)));
    }

    private void Return()
    {
        _log.Joined(BAgain, replaces: B).Log.Accepted(A, _log.Log.Term, new ControlChange.NodeUp(BAgain));
        _log.Hosted("t", _log.View.Types["t"].ShardCount, null, BAgain);
    }

    private void Define(string flow, params string[] senders) => _log.Log.Accepted(A, 0, new ControlChange.FlowDefined(
        flow, new("t", "r"), [.. senders.Select(sender => new UnitId("s", sender))], FailbackPolicy.Automatic, "{}"));

    private void Add(NodeKey node, string shard = "0")
    {
        var state = _log.View.Types["t"].Shards[shard];
        _log.Log.Accepted(state.Leader!.Value, 0, new ControlChange.ReplicasChanged(
            "t", [new ReplicaChange(shard, state.Term, state.Replicas!.Version, new ReplicaId(node.Name, 1), IsAdded: true, "test")]));
    }

    private ShardPlacement[] Placed(Evidence evidence, TimeSpan? held = null) =>
        [.. _log.Decided<ControlChange.ShardsPlaced>(evidence, held: held).SelectMany(change => change.Placements)];

    /// <summary>All moves: those decided, and those that leaders are asked for.</summary>
    private string[] Placements(Evidence? evidence = null, TimeSpan? held = null) =>
    [
        .. Placed(evidence ?? _log.Calm, held).Select(Text),
        .. _log.Decided<ControlChange.TransfersChanged>(evidence ?? _log.Calm, held: held)
            .SelectMany(change => change.Transfers).Select(asked => $"{asked.Shard} to {asked.To?.Name}"),
    ];

    /// <summary>A node leaves, and does not hand over what it leads.</summary>
    private void AskedInVain(NodeKey node, Evidence? evidence = null)
    {
        _log.Leaving(node).Step(evidence ?? _log.Calm);
        Assert.Contains(_log.View.Types["t"].Shards.Values, shard => shard.Leader == node && shard.Transfer is not null);
    }

    private static string Text(ShardPlacement placement) => $"{placement.Shard} to {placement.Leader.Name}";
}
