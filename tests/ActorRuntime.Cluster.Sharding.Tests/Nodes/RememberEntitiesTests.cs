using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Shards.Memory;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Remembered units on one node under virtual time.</summary>
public sealed class RememberEntitiesTests : IDisposable
{
    private readonly List<LoneNode> _nodes = [];

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Units_that_ran_run_again_where_the_shard_opens_without_being_asked()
    {
        var first = Node();
        var region = Led(first);
        for (var i = 0; i < 20; i++) Assert.Equal(i, first.Sum(region, $"u{i}", new Add(i)));

        var second = Node(version: 50);
        var units = Led(second);
        second.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"u{i}").Order(StringComparer.Ordinal), Units(second, units));
        Assert.Equal(7, second.Sum(units, "u7", new GetSum()));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_unit_that_asked_to_be_passivated_is_forgotten_and_one_that_failed_or_ended_is_not()
    {
        var first = Node();
        var region = Led(first);
        foreach (var id in new[] { "rests", "fails", "ends" }) Assert.Equal(1, first.Sum(region, id, new Add(1)));
        region.Tell(new ShardingEnvelope("rests", new Rest()));
        region.Tell(new ShardingEnvelope("fails", new Fail()));
        region.Tell(new ShardingEnvelope("ends", PoisonPill.Instance));
        first.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["ends", "fails"], Units(first, region));

        var second = Node(version: 50);
        var units = Led(second);
        second.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["ends", "fails"], Units(second, units));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_message_for_a_unit_that_is_being_forgotten_starts_and_remembers_it_again()
    {
        var node = Node();
        var region = Led(node);
        Assert.Equal(1, node.Sum(region, "a", new Add(1)));
        region.Tell(new ShardingEnvelope("a", new Rest()));
        var answers = Enumerable.Range(0, 5).Select(_ => region.Ask<Sum>(new ShardingEnvelope("a", new Add(1)), TimeSpan.FromMinutes(1))).ToArray();
        Assert.True(node.Environment.RunUntil(() => answers.All(answer => answer.IsCompletedSuccessfully), TimeSpan.FromSeconds(1)));

        var second = Node(version: 50);
        var units = Led(second);
        second.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["a"], Units(second, units));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_remembered_unit_is_not_passivated_for_idleness()
    {
        var node = Node();
        var region = Led(node, idle: TimeSpan.FromSeconds(1));
        Assert.Equal(1, node.Sum(region, "a", new Add(1)));
        node.Environment.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["a"], Units(node, region));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Remembered_units_start_at_the_rate_of_the_settings_and_an_asked_one_at_once()
    {
        var first = Node();
        var region = Led(first);
        for (var i = 0; i < 100; i++) first.Sum(region, $"u{i}", new Add(i));

        var second = Node(version: 50, new ShardingOptions { RememberedStartsPerSecond = 20 });
        var units = Led(second);
        second.Environment.Advance(TimeSpan.FromSeconds(2));
        Assert.InRange(Units(second, units).Length, 30, 46);
        Assert.Equal(99, second.Sum(units, "u99", new GetSum()));
        second.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(100, Units(second, units).Length);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_former_leader_starts_nothing_new_once_another_has_raised_the_fence()
    {
        var first = Node();
        var region = Led(first);
        Assert.Equal(1, first.Sum(region, "a", new Add(1)));
        var second = Node(version: 50);
        var units = Led(second); // the first does not hear of it
        Assert.Equal(2, second.Sum(units, "a", new Add(1)));

        Assert.Null(first.Sum(region, "b", new Add(1)));
        Assert.DoesNotContain("b", Units(first, region));
        var third = Node(version: 90);
        var last = Led(third);
        third.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["a"], Units(third, last));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_wait_for_the_record_while_the_lease_is_lost_and_keep_their_order()
    {
        var node = Node();
        var region = Led(node);
        Assert.Equal(1, node.Sum(region, "a", new Add(1)));
        node.Cluster.Switch(false);
        var answers = Enumerable.Range(1, 5).Select(i => region.Ask<Sum>(new ShardingEnvelope("b", new Add(i)), TimeSpan.FromMinutes(1))).ToArray();
        node.Environment.Advance(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);

        node.Cluster.Switch(true);
        Assert.True(node.Environment.RunUntil(() => answers.All(answer => answer.IsCompletedSuccessfully), TimeSpan.FromSeconds(1)));
        Assert.Equal(15, node.Sum(region, "b", new GetSum()));
    }

    [Fact]
    public async Task A_long_record_is_written_anew_and_says_the_same()
    {
        var node = Node();
        var region = Led(node);
        // One unit comes and goes until its entries outnumber what is worth keeping.
        for (var i = 0; i < 5_100; i++)
        {
            region.Tell(new ShardingEnvelope("comes-and-goes", new Rest()));
            node.Environment.RunUntilIdle();
        }
        Assert.Equal(1, node.Sum(region, "stays", new Add(1)));
        Assert.Equal(1, node.Sum(region, "comes-and-goes", new Add(1)));
        var shard = Counter.Extractor.ShardId("comes-and-goes");
        var entries = 0;
        await foreach (var _ in node.Journal.ReadAsync(UnitMemoryActor.PersistenceIdOf(Counter.Type, shard), 1, long.MaxValue, default)) entries++;
        Assert.InRange(entries, 1, 1_000);

        var second = Node(version: 50);
        var units = Led(second);
        second.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["comes-and-goes", "stays"], Units(second, units));
    }

    private LoneNode Node(long version = 0, ShardingOptions? options = null)
    {
        var node = new LoneNode(_nodes.FirstOrDefault()?.Journal, options);
        node.Cluster.Know(node.Cluster.View with { Version = version });
        _nodes.Add(node);
        return node;
    }

    private static IActorRef Led(LoneNode node, TimeSpan? idle = null)
    {
        var region = ClusterSharding.Get(node.System).Start(
            Counter.Type, id => Props.CreateBy(() => new Counter(id)),
            ClusterShardingSettings.Create(node.System).WithPassivateIdleAfter(idle ?? TimeSpan.Zero).WithRememberEntities(true), Counter.Extractor);
        node.Cluster.Lead(Counter.Type, 10);
        return region;
    }

    private static string[] Units(LoneNode node, IActorRef region) =>
        [.. node.Ask<CurrentShardRegionState>(region, GetShardRegionState.Instance)!.Shards.SelectMany(shard => shard.EntityIds).Order(StringComparer.Ordinal)];
}
