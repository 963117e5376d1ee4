using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>A leader that is asked to hand a shard over stops its units first, and serves no more in its term.</summary>
[Trait("Requirement", "AR-5")]
public sealed class TransferTests : IDisposable
{
    private const string Type = "slow", Shard = "0";
    private static readonly NodeKey Next = new("n1", 7), Earlier = new("n2", 9);

    private readonly LoneNode _node = new();
    private readonly TestProbe _units, _client;

    public TransferTests() => (_units, _client) = (new TestProbe(_node.System), new TestProbe(_node.System));

    public void Dispose()
    {
        _units.Dispose();
        _client.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void Units_handle_what_they_got_before_the_next_one_leads_and_nothing_after()
    {
        var region = Led();
        Tell(region, "1");
        AskFor(Next);
        Assert.Equal("1", Answer());
        Assert.Equal("stop", Heard());
        Tell(region, "2");
        _client.ExpectNoMsg(TimeSpan.Zero);
        Assert.Empty(HandOvers());

        End();

        var placement = Assert.Single(HandOvers());
        Assert.Equal((Shard, Term, Next, Asked!.Version), (placement.Shard, placement.PreviousTerm, placement.Leader, placement.Transfer));
        Assert.Empty(placement.Predecessors);
        Tell(region, "3");
        _client.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_leader_that_is_asked_no_more_serves_again_and_has_lost_nothing()
    {
        var region = Led();
        AskFor(Next);
        Assert.Equal("stop", Heard());
        Tell(region, "1");
        Tell(region, "2");
        End();
        Assert.Single(HandOvers());

        AskFor(null);

        Assert.Equal(["1", "2"], [Answer(), Answer()]);
        Tell(region, "3");
        Assert.Equal("3", Answer());
        Assert.Single(HandOvers());
    }

    [Fact]
    public void One_that_is_asked_while_its_units_stop_hands_over_to_the_newest()
    {
        Led();
        AskFor(Next);
        Assert.Equal("stop", Heard());
        AskFor(Earlier);
        End();
        Assert.Equal(Earlier, Assert.Single(HandOvers()).Leader);
    }

    [Fact]
    public void A_shard_that_begins_while_a_transfer_is_asked_for_serves_nothing()
    {
        _node.Cluster.OpenGates(false);
        var region = Start();
        Lead(Earlier);
        AskFor(Next);
        Tell(region, "1");
        _client.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal([Earlier], Assert.Single(HandOvers()).Predecessors.ToArray()); // Nobody has made sure here that it does not serve.
    }

    [Fact]
    public void Without_the_lease_the_units_are_kept_until_it_comes_back()
    {
        var region = Led();
        _node.Cluster.Switch(false);
        _node.Environment.RunUntilIdle();
        Tell(region, "1");
        AskFor(Next);
        _units.ExpectNoMsg(TimeSpan.Zero);
        Assert.Empty(HandOvers());

        _node.Cluster.Switch(true);
        _node.Environment.RunUntilIdle();

        Assert.Equal("1", Answer());
        Assert.Equal("stop", Heard());
        End();
        Assert.Single(HandOvers());
    }

    private long Term => State.Term;

    private ShardTransfer? Asked => State.Transfer;

    private View.ShardState State => _node.Cluster.View.Types[Type].Shards[Shard];

    private IActorRef Start() => ClusterSharding.Get(_node.System).Start(
        Type, _ => Props.CreateBy(() => new SlowUnit(_units.Ref)), ClusterShardingSettings.Create(_node.System), HashCodeMessageExtractor.Create(1, _ => null), "stop");

    private IActorRef Led()
    {
        var region = Start();
        Lead();
        Tell(region, "0");
        Assert.Equal("0", Answer());
        return region;
    }

    private void Lead(params NodeKey[] predecessors)
    {
        foreach (var other in new[] { Next, Earlier })
        {
            var facts = new NodeFacts(other, "t", "127.0.0.1", (int)other.Incarnation, 2, "", "", [], "0");
            _node.Cluster.Know(_node.Cluster.View with { Members = _node.Cluster.View.Members.SetItem(other.Name, new Member(facts, MemberStatus.Up, 1, 1, [], null)) });
        }
        _node.Cluster.Lead(Type, 1, predecessors);
        Become(State, type => type with { Hosts = [_node.Cluster.Self, Next, Earlier] });
    }

    private void AskFor(NodeKey? next)
    {
        var version = _node.Cluster.View.Version + 1;
        Become(State with { Transfer = next is { } to ? new ShardTransfer(to, version) : null });
    }

    private void Become(View.ShardState state, Func<UnitType, UnitType>? change = null)
    {
        var view = _node.Cluster.View;
        var type = view.Types[Type] with { Shards = view.Types[Type].Shards.SetItem(Shard, state) };
        _node.Cluster.Know(view with { Version = view.Version + 1, Types = view.Types.SetItem(Type, change?.Invoke(type) ?? type) });
        _node.Environment.RunUntilIdle();
    }

    private void Tell(IActorRef region, string text)
    {
        region.Tell(new ShardingEnvelope("a", text), _client.Ref);
        _node.Environment.RunUntilIdle();
    }

    private void End()
    {
        _units.LastSender.Tell("end");
        _node.Environment.RunUntilIdle();
        Assert.Equal("ended", Heard());
    }

    private string Heard() => _units.ExpectMsg<string>(TimeSpan.Zero);

    private string Answer() => _client.ExpectMsg<string>(TimeSpan.Zero);

    private ShardPlacement[] HandOvers() => [.. _node.Cluster.Proposals.OfType<ControlChange.ShardsPlaced>().SelectMany(placed => placed.Placements)];
}
