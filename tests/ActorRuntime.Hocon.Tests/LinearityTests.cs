using System.Globalization;
using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>
/// Goal: four times the text costs four times as much, whatever the text. Method: not the time is measured but what is counted, the bytes
/// allocated by this thread and the work of the resolver, for a text and for four of its length.
/// </summary>
[Trait("Requirement", "AR-6")]
public sealed class LinearityTests
{
    private const int Lines = 1_000;

    /// <summary>Four, and room for tables that double when they are full.</summary>
    private const double RatioMax = 5.5;

    [Theory]
    [InlineData("key-{0} = value")]
    [InlineData("a.b.c.key-{0} = value")]
    [InlineData("a {{ b {{ key-{0} = value }} }}")]
    [InlineData("key = value-{0}")]
    [InlineData("key-{0} = [1, 2, [3, x y z], {{ a = 1 }}]")]
    [InlineData("# key-{0} = value\n\n\n")]
    [InlineData("key-{0} = \"quoted \\n text\" and more")]
    [InlineData("key-{0} = \"\"\"three\nlines\nof text\"\"\"")]
    [InlineData("key-{0} = ${{?none}} ${{?none}}")]
    [InlineData("key-{0} = before${{first}}after")]
    [InlineData("key-{0} = ${{first}} [1]", "[0]")]
    [InlineData("key-{0} = ${{first}} {{ b = 1 }}", "{ a = 1 }")]
    [InlineData("key-{0} = ${{section.a}}\nsection.b-{0} = 1", "1\nsection.a = 1")]
    [InlineData("key = ${{none}}\nkey = value-{0}")]
    [InlineData("key-{0} += 1\nkey-{0} += 2")]
    [InlineData("include \"x\"", "1", 180)]
    public void Cost_grows_with_the_text(string line, string first = "1", int lines = 4 * Lines)
    {
        Cost(first, line, 10);
        var (bytes, work) = Cost(first, line, lines / 4);
        var (bytesOfFour, workOfFour) = Cost(first, line, lines);
        Assert.InRange((double)bytesOfFour / bytes, 0, RatioMax);
        Assert.InRange((double)workOfFour / work, 0, RatioMax);
    }

    [Fact]
    public void Cost_that_grows_with_the_square_would_be_seen()
    {
        var (bytes, work) = Cost("[0]", "first += {0}", Lines / 4);
        var (bytesOfFour, workOfFour) = Cost("[0]", "first += {0}", Lines);
        Assert.True((double)bytesOfFour / bytes > RatioMax && (double)workOfFour / work > RatioMax);
    }

    private static (long Bytes, long Work) Cost(string first, string line, int lines)
    {
        var text = $"first = {first}\n" + string.Concat(Enumerable.Range(0, lines)
            .Select(number => string.Format(CultureInfo.InvariantCulture, line, number) + "\n"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tree = HoconParser.Parse(text, "text", (_, _) => [new HoconIncluded("part", "part = 1", null)]);
        var resolver = new HoconResolver(tree, HoconOptions.None);
        resolver.Resolve();
        return (GC.GetAllocatedBytesForCurrentThread() - before, resolver.Work);
    }
}
