using Xunit;

namespace ActorRuntime.Configuration.Tests;

[Trait("Requirement", "AR-6")]
public sealed class ConfigTests
{
    private enum Flush { Process, GroupCommit }

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("5 ms", 5)]
    [InlineData("250", 250)]
    [InlineData("2h", 7_200_000)]
    [InlineData("1.5 s", 1_500)]
    [InlineData("1 minute", 60_000)]
    [InlineData("3 days", 259_200_000)]
    [InlineData("2000 us", 2)]
    [InlineData("5000000 ns", 5)]
    [InlineData("0", 0)]
    public void Duration_is_read(string text, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Parse($"a = {text}").GetTimeSpan("a"));

    [Theory]
    [InlineData("-1s")]
    [InlineData("10 parsecs")]
    [InlineData("soon")]
    [InlineData("1 ns")]
    [InlineData("99999999999999 days")]
    [InlineData("99999999999999999999999999999999999 s")]
    [InlineData("1.2.3 s")]
    [InlineData("infinite")]
    [InlineData("[1]")]
    [InlineData("\"\"")]
    public void Text_that_is_no_duration_is_refused(string text)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse($"\na = {text}").GetTimeSpan("a", TimeSpan.FromSeconds(1)));
        Assert.Equal((2, "a"), (error.Line!.Value, error.Key));
    }

    [Fact]
    public void Infinite_is_a_duration_only_where_allowed()
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, Parse("a = infinite").GetTimeSpan("a", allowInfinite: true));
        Assert.Throws<ConfigurationException>(() => Parse("a = infinite").GetTimeSpan("a"));
    }

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("256k", 262_144)]
    [InlineData("8 MiB", 8_388_608)]
    [InlineData("10 MB", 10_000_000)]
    [InlineData("1kB", 1_000)]
    [InlineData("0.5 KiB", 512)]
    [InlineData("2G", 2_147_483_648)]
    public void Size_is_read(string text, long bytes) => Assert.Equal(bytes, Parse($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("1 Xb")]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("9999999999 T")]
    public void Text_that_is_no_size_is_refused(string text) =>
        Assert.Throws<ConfigurationException>(() => Parse($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("on", true)]
    [InlineData("off", false)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    public void Boolean_is_read(string text, bool value) => Assert.Equal(value, Parse($"a = {text}").GetBoolean("a"));

    [Fact]
    public void Numbers_are_read_exactly_or_refused()
    {
        var config = Parse("i = -7, l = 9000000000, d = 1.5e3, s = \"42\"");
        Assert.Equal(-7, config.GetInt("i"));
        Assert.Equal(9_000_000_000, config.GetLong("l"));
        Assert.Equal(1500, config.GetDouble("d"));
        Assert.Equal(42, config.GetInt("s"));
        Assert.Throws<ConfigurationException>(() => config.GetInt("l"));
        Assert.Throws<ConfigurationException>(() => config.GetInt("d"));
        Assert.Throws<ConfigurationException>(() => config.GetBoolean("i"));
    }

    [Fact]
    public void Enum_is_written_with_hyphens()
    {
        Assert.Equal(Flush.GroupCommit, Parse("a = group-commit").GetEnum<Flush>("a"));
        Assert.Equal(Flush.Process, Parse("").GetEnum("a", (Flush?)Flush.Process));
        var error = Assert.Throws<ConfigurationException>(() => Parse("a = GroupCommit").GetEnum<Flush>("a"));
        Assert.Contains("process, group-commit expected, 'GroupCommit' found", error.Message);
    }

    [Fact]
    public void Missing_value_needs_a_default()
    {
        var config = Parse("a = null");
        Assert.Equal(5, config.GetInt("x", 5));
        Assert.Equal("d", config.GetString("a", "d"));
        Assert.Equal([3], config.GetIntList("x", [3]));
        Assert.False(config.HasPath("a"));
        Assert.Contains("x: is missing", Assert.Throws<ConfigurationException>(() => config.GetInt("x")).Message);
        Assert.Contains("null at text:1", Assert.Throws<ConfigurationException>(() => config.GetString("a")).Message);
        Assert.True(config.GetConfig("x").IsNullOrEmpty());
    }

    [Fact]
    public void Wrong_type_is_never_the_default()
    {
        var config = Parse("a = x, b { c = 1 }");
        Assert.Throws<ConfigurationException>(() => config.GetInt("a", 5));
        Assert.Throws<ConfigurationException>(() => config.GetString("b", "d"));
        Assert.Throws<ConfigurationException>(() => config.GetStringList("a", []));
        Assert.Throws<ConfigurationException>(() => config.GetConfig("a"));
    }

    [Fact]
    public void Section_names_the_full_key_in_errors()
    {
        var section = Parse("a.b {\n c = x }").GetConfig("a").GetConfig("b");
        Assert.Equal("text:2: a.b.c: a whole number expected, 'x' found",
            Assert.Throws<ConfigurationException>(() => section.GetInt("c")).Message);
        Assert.Equal("a.b.d: is missing", Assert.Throws<ConfigurationException>(() => section.GetInt("d")).Message);
    }

    [Fact]
    public void Fallback_fills_what_is_missing_and_changes_nobody()
    {
        var (user, reference) = (Parse("a { x = 1 }, b = 2"), Parse("a { x = 0, y = 5 }, c = 3"));
        var config = user.WithFallback(reference);
        Assert.Equal((1, 5, 2, 3), (config.GetInt("a.x"), config.GetInt("a.y"), config.GetInt("b"), config.GetInt("c")));
        Assert.False(user.HasPath("c"));
        Assert.Equal(0, reference.GetInt("a.x"));
        Assert.Equal(["a", "c", "b"], config.AsEnumerable().Select(item => item.Key));
        Assert.Same(user, user.WithFallback(Config.Empty));
    }

    [Fact]
    public void Null_takes_back_a_fallback() =>
        Assert.Equal(9, Parse("a = null").WithFallback(Parse("a = 1")).GetInt("a", 9));

    [Fact]
    public void Simple_value_between_two_objects_hides_the_lower_one()
    {
        Assert.False(Parse("a { x = 1 }").WithFallback(Parse("a = 2")).WithFallback(Parse("a { y = 3 }")).HasPath("a.y"));
        Assert.False(Parse("a { x = 1 }").WithFallback(Parse("a = 2").WithFallback(Parse("a { y = 3 }"))).HasPath("a.y"));
        Assert.False(Parse("a { y = 1 }, a = 2, a { x = 3 }").HasPath("a.y"));
        Assert.False(Parse("a { x = 1 }").WithFallback(Parse("a = 2, a { z = 3 }")).WithFallback(Parse("a { y = 4 }")).HasPath("a.y"));
    }

    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon);
}
