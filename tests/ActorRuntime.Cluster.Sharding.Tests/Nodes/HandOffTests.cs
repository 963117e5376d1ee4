using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>How the units of a shard end when it moves to another node.</summary>
public sealed class HandOffTests : IDisposable
{
    private const string Shard = "0";
    private readonly LoneNode _node = new();
    private readonly TestProbe _probe;

    public HandOffTests() => _probe = new TestProbe(_node.System);

    public void Dispose()
    {
        _probe.Dispose();
        _node.Dispose();
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_unit_gets_its_stop_message_and_the_successor_is_told_after_it_has_ended()
    {
        var region = Led();
        MoveAway(region);
        Assert.Equal("stop", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        _probe.ExpectNoMsg(TimeSpan.Zero);

        _probe.LastSender.Tell("end");
        _node.Environment.RunUntilIdle();
        Assert.Equal("ended", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _probe.ExpectMsg<HandedOver>(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_unit_that_does_not_stop_is_stopped_after_the_time()
    {
        var region = Led();
        MoveAway(region);
        Assert.Equal("stop", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _node.Environment.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("ended", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _probe.ExpectMsg<HandedOver>(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_unit_that_takes_its_time_is_stopped_at_once_when_the_lease_is_lost()
    {
        var region = Led();
        MoveAway(region);
        Assert.Equal("stop", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _node.Cluster.Switch(false);
        _node.Environment.RunUntilIdle();
        Assert.Equal("ended", _probe.ExpectMsg<string>(TimeSpan.Zero));
        _probe.ExpectMsg<HandedOver>(TimeSpan.Zero);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Without_the_lease_no_unit_handles_its_stop_message()
    {
        var region = Led();
        _node.Cluster.Switch(false);
        _node.Environment.RunUntilIdle();
        MoveAway(region);
        Assert.Equal("ended", _probe.ExpectMsg<string>(TimeSpan.Zero));
    }

    private IActorRef Led()
    {
        var region = ClusterSharding.Get(_node.System).Start(
            "slow", _ => Props.CreateBy(() => new SlowUnit(_probe.Ref)), ClusterShardingSettings.Create(_node.System),
            HashCodeMessageExtractor.Create(1, _ => null), "stop");
        _node.Cluster.Lead("slow", 1);
        Assert.Equal("hello", _node.Ask<string>(region, new ShardingEnvelope("a", "hello")));
        return region;
    }

    private void MoveAway(IActorRef region)
    {
        var version = _node.Cluster.View.Version + 1;
        var type = _node.Cluster.View.Types["slow"];
        var away = ImmutableSortedDictionary.Create<string, View.ShardState>(StringComparer.Ordinal).Add(Shard, new View.ShardState(version, null, [], null));
        _node.Cluster.Know(_node.Cluster.View with { Version = version, Types = _node.Cluster.View.Types.SetItem("slow", type with { Shards = away }) });
        region.Tell(new AskHandOver(Shard, version), _probe.Ref);
        _node.Environment.RunUntilIdle();
    }
}
