using System.Globalization;

namespace ActorRuntime.Cluster.Sharding.Tests;

public sealed class HashCodeMessageExtractorTests
{
    private readonly HashCodeMessageExtractor _extractor = HashCodeMessageExtractor.Create(100, message => message as string);

    [Theory, Trait("Requirement", "AR-3")]
    [InlineData("", "30")]
    [InlineData("a", "30")]
    [InlineData("unit-1", "52")]
    [InlineData("größe", "17")]
    public void Shards_of_ids_never_change(string id, string shard) => Assert.Equal(shard, _extractor.ShardId(id));

    [Fact]
    public void Ids_spread_evenly()
    {
        var counts = Enumerable.Range(0, 100_000).GroupBy(i => _extractor.ShardId($"unit-{i}")).Select(shard => shard.Count()).ToArray();

        Assert.Equal(100, counts.Length);
        Assert.InRange(counts.Min(), 850, 1150);
        Assert.InRange(counts.Max(), 850, 1150);
    }

    [Fact]
    public void Envelopes_name_their_unit_other_messages_are_asked()
    {
        Assert.Equal(("x", 5), (_extractor.EntityId(new ShardingEnvelope("x", 5)), _extractor.EntityMessage(new ShardingEnvelope("x", 5))));
        Assert.Equal(("y", "y"), (_extractor.EntityId("y"), _extractor.EntityMessage("y")));
        Assert.Null(_extractor.EntityId(5));
    }

    [Theory, InlineData(0), InlineData(10_001)]
    public void Numbers_of_shards_out_of_range_are_refused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HashCodeMessageExtractor.Create(count, _ => null).ShardId(count.ToString(CultureInfo.InvariantCulture)));
}
