using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Replicas.Recovery;
using ActorRuntime.Cluster.View;
using ViewShard = ActorRuntime.Cluster.View.ShardState;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>What is said of a shard whose logs are lost, and with what it would go on.</summary>
public sealed class ShardLossTests
{
    private static readonly ReplicaId OnA = new("a", 1), OnB = new("b", 2);
    private static readonly ReplicaSet Founded = new(9, [OnA], [OnB], [], 2, IsMinimumInForce: true);

    [Fact, Trait("Requirement", "SR-4")]
    public void Nothing_is_lost_while_a_log_of_the_set_is_there()
    {
        var loss = Assess(Founded, ["a", "b", "c"], Held("a", Log(5, 40)), Held("b", Log(2, 30)), Held("c", Log(7, 90)));

        Assert.Equal("b/0000000000000002 is there, with height 30: nothing is lost", loss.Refusal);
        Assert.Null(loss.Accept(View(Founded, ["a", "b", "c"])));
        Assert.Null(loss.Waits);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void A_node_that_lives_and_says_nothing_may_have_its_log()
    {
        Assert.Contains("b lives, and has not said", Assess(Founded, ["a", "b"], Held("a", Log(5, 0))).Refusal, StringComparison.Ordinal);
        Assert.Contains("b lives, and has not said", Assess(Founded, ["a", "b"], Held("a", Log(5, 0)), Held("b")).Refusal, StringComparison.Ordinal);
        Assert.Contains("b lives, and has not said", Assess(Founded, ["a", "b"], Held("a", Log(5, 0)), Held("b", 8, Log(6, 0))).Refusal, StringComparison.Ordinal); // Of another life.
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void From_the_store_what_a_living_node_has_heard_is_lost_for_sure()
    {
        var loss = Assess(Founded, ["a", "c"], Held("a", Log(5, 0)), Held("c", Log(7, 12) with { Heard = 31 }));

        Assert.Equal((null, null, 20, 20, 11), (loss.Refusal, loss.From, loss.StoreHeight, loss.Keeps, loss.LostMin));
        Assert.Contains("the persistent store at height 20; lost are blocks 21 to 31", loss.Missing, StringComparison.Ordinal);
        Assert.Contains("on a, store 0000000000000001, which is not on the disk of a any more; on b, store 0000000000000002, not seen since version 6", loss.Waits, StringComparison.Ordinal);
        Assert.Equal([View(Founded, ["a", "c"]).Members["a"].Key], loss.Accept(View(Founded, ["a", "c"]))!.Without.ToArray());
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void Where_nobody_knows_how_much_is_lost_that_is_said()
    {
        var loss = Assess(Founded, ["c"], Held("c", Log(7, 0)));

        Assert.Equal(0, loss.LostMin);
        Assert.Contains("how much it is nobody knows", loss.Missing, StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void The_copy_of_the_newest_term_that_reaches_further_than_the_store_is_gone_on_from()
    {
        var loss = Assess(
            Founded, ["c", "d", "e", "f"], Held("c", Log(7, 40) with { HeadTerm = 3 }), Held("d", Log(8, 25) with { HeadTerm = 4, Committed = 23, Heard = 28 }),
            Held("e", Log(9, 90) with { HeadTerm = 9, Start = 21 }), Held("f", Log(6, 99) with { HeadTerm = 9, Origin = 5 }));

        Assert.Equal((new ReplicaId("d", 8), 23, 25, 3), (loss.From, loss.Keeps, loss.Reaches, loss.LostMin)); // e's begins above the store, f's is another history.
        Assert.Contains("d/0000000000000008, which was not in sync, at height 25 (the store has 20); blocks above 23 may stand where", loss.Missing, StringComparison.Ordinal);
        Assert.Contains("lost are blocks 26 to 28", loss.Missing, StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void A_copy_that_was_chosen_and_is_not_there_is_given_up_anew()
    {
        var chosen = ReplicaSet.Empty with { Version = 9, Origin = new LogOrigin(8, new ReplicaId("c", 7), 0, [OnA]) };

        Assert.Contains("c lives, and has not said", Assess(chosen, ["c"]).Refusal, StringComparison.Ordinal);
        Assert.Contains("is there", Assess(chosen, ["c"], Held("c", Log(9, 40) with { Origin = 8 })).Refusal, StringComparison.Ordinal);
        var failed = Assess(chosen, ["c"], Held("c", Log(0, 0) with { Origin = 8, Failure = "not on this disk" }));
        Assert.Equal((null, null, 20), (failed.Refusal, failed.From, failed.Keeps));
        Assert.Contains("the copy it was to go on from is not there", failed.Waits, StringComparison.Ordinal);
        Assert.Contains("no log yet", Assess(ReplicaSet.Empty, ["c"], Held("c")).Refusal, StringComparison.Ordinal);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public void A_shard_that_is_not_as_it_was_is_left_out()
    {
        var loss = Assess(Founded, ["c"], Held("c", Log(7, 0)));

        Assert.NotNull(loss.Accept(View(Founded, ["c"])));
        Assert.Null(loss.Accept(View(Founded with { Version = 10 }, ["c"])));
        Assert.Null(loss.Accept(View(Founded, ["c"], term: 4)));
    }

    private static ShardLoss Assess(ReplicaSet set, string[] alive, params HeldLogs[] answers)
    {
        var view = View(set, alive);
        return ShardLoss.Assess(view, "t", "0", view.Types["t"].Shards["0"], answers, storeHeight: 20);
    }

    private static HeldLog Log(ulong storeId, long height) => new("0", storeId, 0, height, 3, 0, 0, 0, null);

    private static HeldLogs Held(string node, params HeldLog[] logs) => Held(node, 1, logs);

    private static HeldLogs Held(string node, ulong incarnation, params HeldLog[] logs) => new(node, incarnation, [.. logs]);

    private static ClusterView View(ReplicaSet set, string[] alive, long term = 3)
    {
        var view = ClusterView.Empty with { Version = 12 };
        foreach (var name in alive)
        {
            var key = new NodeKey(name, 1);
            var facts = new NodeFacts(key, "s", "127.0.0.1", 1, 2, "", "", [], "0");
            view = view with { Members = view.Members.Add(name, new Member(facts, MemberStatus.Up, 1, 1, [], null)) };
        }
        var b = new NodeKey("b", 1);
        if (!alive.Contains("b")) view = view with { Lost = view.Lost.Add(b, new LostNode(6, new LossEvidence(LossKind.Quorum, [], null, null, null, ""), [])) };
        var shards = ImmutableSortedDictionary.Create<string, ViewShard>(StringComparer.Ordinal).Add("0", new ViewShard(term, null, [], null, set));
        return view with { Types = view.Types.Add("t", new UnitType("t", 1, shards, [], new Replication(3, 2))) };
    }
}
