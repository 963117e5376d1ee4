using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Which units a node stops until their next message.</summary>
public sealed class PassivationTests : IDisposable
{
    private readonly LoneNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact, Trait("Requirement", "AR-3")]
    public void The_units_used_longest_ago_go_when_there_are_more_than_the_limit()
    {
        var region = Led(settings => settings.WithLeastRecentlyUsedPassivation(3), shards: 1);
        foreach (var id in new[] { "a", "b", "c" }) Assert.Equal(1, _node.Sum(region, id, new Add(1)));
        Assert.Equal(2, _node.Sum(region, "a", new Add(1)));
        Assert.Equal(1, _node.Sum(region, "d", new Add(1)));
        Assert.Equal(["a", "c", "d"], Units(region));

        Assert.Equal(1, _node.Sum(region, "b", new GetSum()));
        Assert.Equal(["a", "b", "d"], Units(region));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void The_limit_is_for_the_node_and_its_shards_share_it()
    {
        var region = Led(settings => settings.WithLeastRecentlyUsedPassivation(20), shards: 10);
        for (var i = 0; i < 200; i++) Assert.Equal(1, _node.Sum(region, $"u{i}", new Add(1)));
        Assert.InRange(Units(region).Length, 10, 20);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_for_a_unit_that_had_to_go_wait_and_start_it_again()
    {
        var region = Led(settings => settings.WithLeastRecentlyUsedPassivation(1), shards: 1);
        var answers = Enumerable.Range(0, 40)
            .Select(i => region.Ask<Sum>(new ShardingEnvelope(i % 2 == 0 ? "a" : "b", new Add(1)), TimeSpan.FromMinutes(1))).ToArray();
        Assert.True(_node.Environment.RunUntil(() => answers.All(answer => answer.IsCompletedSuccessfully), TimeSpan.FromSeconds(10)));
        Assert.Equal(20, _node.Sum(region, "a", new GetSum()));
        Assert.Equal(20, _node.Sum(region, "b", new GetSum()));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Without_passivation_idle_units_stay()
    {
        var region = Led(settings => settings.WithPassivateIdleAfter(TimeSpan.FromSeconds(1)).WithNoPassivation(), shards: 10);
        Assert.Equal(1, _node.Sum(region, "a", new Add(1)));
        _node.Environment.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["a"], Units(region));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_unit_in_use_is_not_idle()
    {
        var region = Led(settings => settings.WithPassivateIdleAfter(TimeSpan.FromSeconds(10)), shards: 10);
        Assert.Equal(1, _node.Sum(region, "idle", new Add(1)));
        for (var i = 0; i < 10; i++)
        {
            _node.Environment.Advance(TimeSpan.FromSeconds(4));
            Assert.Equal(i + 1, _node.Sum(region, "used", new Add(1)));
        }
        Assert.Equal(["used"], Units(region));
    }

    private IActorRef Led(Func<ClusterShardingSettings, ClusterShardingSettings> change, int shards)
    {
        var region = ClusterSharding.Get(_node.System).Start(
            Counter.Type, id => Props.CreateBy(() => new Counter(id)), change(ClusterShardingSettings.Create(_node.System)),
            HashCodeMessageExtractor.Create(shards, _ => null));
        _node.Cluster.Lead(Counter.Type, shards);
        return region;
    }

    private string[] Units(IActorRef region) =>
        [.. _node.Ask<CurrentShardRegionState>(region, GetShardRegionState.Instance)!.Shards.SelectMany(shard => shard.EntityIds).Order(StringComparer.Ordinal)];
}
