using ActorRuntime.Configuration;
using ActorRuntime.Routing;
using Xunit;

namespace ActorRuntime.Tests.Routing;

[Trait("Requirement", "AR-1")]
public sealed class DefaultResizerTests
{
    [Theory]
    [InlineData(4, 5, 0)]
    [InlineData(5, 5, 1)]
    [InlineData(6, 6, 2)]
    [InlineData(0, 0, 0)]
    public void It_grows_by_its_rate_rounded_up_once_all_are_busy(int busy, int routees, int more) =>
        Assert.Equal(more, new DefaultResizer(1, 20).Rampup(busy, routees));

    [Theory]
    [InlineData(0, 10, -1)]
    [InlineData(2, 10, -1)]
    [InlineData(3, 10, 0)]
    [InlineData(0, 11, -2)]
    [InlineData(0, 0, 0)]
    public void It_shrinks_by_its_rate_rounded_up_while_few_are_busy(int busy, int routees, int change) =>
        Assert.Equal(change, new DefaultResizer(1, 20).Backoff(busy, routees));

    [Theory]
    [InlineData(0.0, 0.1)]
    [InlineData(0.3, 0.0)]
    public void A_threshold_or_rate_of_zero_never_shrinks(double threshold, double rate) =>
        Assert.Equal(0, new DefaultResizer(1, 20, backoffThreshold: threshold, backoffRate: rate).Backoff(0, 10));

    [Theory]
    [InlineData(0, 0, 2)]
    [InlineData(0, 9, -4)]
    [InlineData(5, 5, 0)]
    [InlineData(0, 2, 0)]
    public void The_bounds_hold_whatever_the_load(int busy, int routees, int change) =>
        Assert.Equal(change, new DefaultResizer(2, 5).Change(busy, routees));

    [Fact]
    public void It_decides_every_so_many_messages()
    {
        var resizer = new DefaultResizer(1, 5, messagesPerResize: 3);
        Assert.Equal([0, 3, 6], Enumerable.Range(0, 9).Where(count => resizer.IsTimeForResize(count)));
    }

    [Theory]
    [InlineData(-1, 5, 1, 1)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(0, 0, 1, 1)]
    [InlineData(1, 5, -1, 1)]
    [InlineData(1, 5, 1, 0)]
    public void Settings_out_of_range_are_refused(int lower, int upper, int threshold, int messages) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new DefaultResizer(lower, upper, threshold, messagesPerResize: messages));

    [Fact]
    public void A_section_of_the_configuration_switches_it_on_unless_it_says_off()
    {
        Assert.Null(Resizer.FromConfig(Parse("")));
        Assert.Null(Resizer.FromConfig(Parse("resizer { enabled = off, lower-bound = 2 }")));
        Assert.Equal(new DefaultResizer(2, 7, 3, 0.5, 0.4, 0.25, 9), Resizer.FromConfig(Parse(
            """
            resizer {
              lower-bound = 2, upper-bound = 7, pressure-threshold = 3, rampup-rate = 0.5, backoff-threshold = 0.4, backoff-rate = 0.25
              messages-per-resize = 9
            }
            """)));
    }

    private static Config Parse(string text) => ConfigurationFactory.ParseString(text);
}
