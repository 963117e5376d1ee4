using ActorRuntime.Cluster.Sharding.Shards.Memory;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests.Shards.Memory;

public sealed class StartPaceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    [InlineData(1_000)]
    public void Starts_never_exceed_the_rate_and_reach_it(int perSecond)
    {
        var (pace, random) = (new StartPace(perSecond), new Prng(3));
        var (now, begin, taken) = (new MonotonicTime(0), new MonotonicTime(0), 0);
        while (now - begin < TimeSpan.FromSeconds(20))
        {
            taken += pace.Take(int.MaxValue, now);
            Assert.True(taken <= (now - begin).TotalSeconds * perSecond + Math.Max(1, perSecond / 10.0) + 1, $"{taken} after {now - begin}");
            now += random.Below(StartPace.AskEvery);
        }
        Assert.InRange(taken, perSecond * 19, perSecond * 21);
    }

    [Fact]
    public void A_long_rest_saves_up_no_flood()
    {
        var pace = new StartPace(100);
        Assert.Equal(11, pace.Take(1_000, new MonotonicTime(0)));
        Assert.Equal(11, pace.Take(1_000, new MonotonicTime(0) + TimeSpan.FromHours(1)));
        Assert.Equal(0, pace.Take(1_000, new MonotonicTime(0) + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void No_more_is_taken_than_wanted() => Assert.Equal(3, new StartPace(1_000).Take(3, new MonotonicTime(0)));
}
