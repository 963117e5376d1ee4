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
    [InlineData("\" 7  s \"", 7_000)]
    [InlineData("1e3 ms", 1_000)]
    [InlineData("2 nanos", 0.000_002, true)]
    [InlineData("100 nano", 0.000_1)]
    [InlineData("1 micro", 0.001)]
    [InlineData("3 micros", 0.003)]
    [InlineData("1 microsecond", 0.001)]
    [InlineData("4 millis", 4)]
    [InlineData("1 milli", 1)]
    [InlineData("2 seconds", 2_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1 hour", 3_600_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("1 D", 0, true)]
    [InlineData("1 MS", 0, true)]
    public void Duration_is_read(string text, double milliseconds, bool isRefused = false)
    {
        var error = Record.Exception(() =>
            Assert.Equal((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond), Parse($"a = {text}").GetTimeSpan("a").Ticks));
        if (isRefused) Assert.IsType<ConfigurationException>(error);
        else Assert.Null(error);
    }

    [Theory]
    [InlineData("10", 0, 10)]
    [InlineData("10 d", 0, 10)]
    [InlineData("1 day", 0, 1)]
    [InlineData("2 days", 0, 2)]
    [InlineData("2w", 0, 14)]
    [InlineData("1 week", 0, 7)]
    [InlineData("3 weeks", 0, 21)]
    [InlineData("3 m", 3, 0)]
    [InlineData("3 mo", 3, 0)]
    [InlineData("1 month", 1, 0)]
    [InlineData("5 months", 5, 0)]
    [InlineData("1y", 12, 0)]
    [InlineData("2 year", 24, 0)]
    [InlineData("2 years", 24, 0)]
    public void Period_is_read(string text, int months, int days) =>
        Assert.Equal(new Period(months, days), Parse($"a = {text}").GetPeriod("a"));

    [Theory]
    [InlineData("1.5 d")]
    [InlineData("-1 d")]
    [InlineData("1 h")]
    [InlineData("999999999 y")]
    [InlineData("soon")]
    public void Text_that_is_no_period_is_refused(string text) =>
        Assert.Contains("a period such as", Assert.Throws<ConfigurationException>(() => Parse($"a = {text}").GetPeriod("a")).Message);

    [Fact]
    public void Period_is_added_by_the_calendar()
    {
        Assert.Equal(new DateOnly(2024, 2, 29), new Period(1, 0).After(new DateOnly(2024, 1, 31)));
        Assert.Equal(new DateOnly(2024, 3, 7), new Period(1, 7).After(new DateOnly(2024, 1, 31)));
        Assert.Equal(2025, new Period(12, 0).After(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)).Year);
    }

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
    [InlineData("1 byte", 1)]
    [InlineData("2 bytes", 2)]
    [InlineData("3 b", 3)]
    [InlineData("1 kilobyte", 1_000)]
    [InlineData("1 gigabytes", 1_000_000_000)]
    [InlineData("2 TB", 2_000_000_000_000)]
    [InlineData("2 PB", 2_000_000_000_000_000)]
    [InlineData("2 exabytes", 2_000_000_000_000_000_000)]
    [InlineData("1 Ki", 1_024)]
    [InlineData("1 mebibyte", 1_048_576)]
    [InlineData("1 gibibytes", 1_073_741_824)]
    [InlineData("1t", 1_099_511_627_776)]
    [InlineData("1 PiB", 1_125_899_906_842_624)]
    [InlineData("7 e", 8_070_450_532_247_928_832)]
    [InlineData("0 YB", 0)]
    public void Size_is_read(string text, long bytes) => Assert.Equal(bytes, Parse($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("1 Xb")]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("9999999999 T")]
    [InlineData("8 EiB")]
    [InlineData("1 ZB")]
    [InlineData("1 yobibyte")]
    [InlineData("1 KB")]
    [InlineData("1 mb")]
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
        Assert.Equal(1500f, config.GetFloat("d"));
        Assert.Equal(0.1m + 0.2m, Parse("m = 0.3").GetDecimal("m"));
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
    public void Lists_are_read_item_by_item()
    {
        var config = Parse("i = [1, 2], d = [1.5], b = [on, no], s = [1k], t = [1s, 2 ms], n { 1 = y, 0 = x, k = z }, bad = [1,\n x], e = {}");
        Assert.Equal([1, 2], config.GetIntList("i"));
        Assert.Equal([1L, 2L], config.GetLongList("i"));
        Assert.Equal([1.5], config.GetDoubleList("d"));
        Assert.Equal([true, false], config.GetBooleanList("b"));
        Assert.Equal([1024L], config.GetByteSizeList("s"));
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(2)], config.GetTimeSpanList("t"));
        Assert.Equal(["x", "y"], config.GetStringList("n"));
        var error = Assert.Throws<ConfigurationException>(() => config.GetIntList("bad"));
        Assert.Equal((2, "bad"), (error.Line!.Value, error.Key));
        Assert.Throws<ConfigurationException>(() => config.GetStringList("e"));
        Assert.Throws<ConfigurationException>(() => config.GetStringList("missing"));
    }

    [Fact]
    public void List_of_sections_names_the_item_in_errors()
    {
        var items = Parse("a = [{ x = 1 }, { x = y }], b = [1], c = 1").GetConfigList("a");
        Assert.Equal(1, items[0].GetInt("x"));
        Assert.Equal("a.1.x", Assert.Throws<ConfigurationException>(() => items[1].GetInt("x")).Key);
        Assert.Throws<ConfigurationException>(() => Parse("b = [1]").GetConfigList("b"));
        Assert.Throws<ConfigurationException>(() => Parse("b = 1").GetConfigList("b"));
        Assert.Empty(Parse("").GetConfigList("a"));
    }

    [Fact]
    public void Missing_size_is_null_or_the_default()
    {
        Assert.Null(Parse("").GetByteSize("a"));
        Assert.Equal(7, Parse("").GetByteSize("a", 7));
        Assert.Equal(1, Parse("a = 1").GetByteSize("a"));
        Assert.Throws<ConfigurationException>(() => Parse("a = x").GetByteSize("a"));
    }

    [Fact]
    public void Nothing_configured_is_said_with_the_path()
    {
        var error = ConfigurationException.NullOrEmptyConfig<Config>("actor-runtime.x");
        Assert.Equal("actor-runtime.x", error.Key);
        Assert.Contains("Config needs its configuration section", error.Message);
        Assert.True(((Config?)null).IsNullOrEmpty());
        Assert.True(ConfigurationFactory.Empty.IsNullOrEmpty());
        Assert.False(Parse("a = null").IsNullOrEmpty());
    }

    [Fact]
    public void Default_knows_every_module_and_where_its_keys_are_explained()
    {
        var reference = ConfigurationFactory.Default();
        foreach (var section in (string[])["actor", "remote", "persistence", "cluster", "cluster.sharding", "node", "management"])
            Assert.False(reference.GetConfig("actor-runtime." + section).IsEmpty, section);
        Assert.Equal("hocon/remote.conf", reference.Origin("actor-runtime.remote.port")!.File);
        Assert.Same(reference, ConfigurationFactory.Default());
    }

    [Fact]
    public void Default_of_a_section_holds_it_at_its_full_path_and_nothing_else()
    {
        const string Path = "actor-runtime.cluster.sharding";
        var section = ConfigurationFactory.Default(Path);
        Assert.Equal(ConfigurationFactory.Default().GetConfig(Path).ToString(), section.GetConfig(Path).ToString());
        Assert.Equal("hocon/sharding.conf", section.Origin(Path + ".buffer-size")!.File);
        Assert.Equal("actor-runtime", Assert.Single(section.AsEnumerable()).Key);
        Assert.Equal("cluster", Assert.Single(section.GetConfig("actor-runtime").AsEnumerable()).Key);
        Assert.Equal("sharding", Assert.Single(section.GetConfig("actor-runtime.cluster").AsEnumerable()).Key);
        Assert.Contains("'actor-runtime.nothing'", Assert.Throws<ArgumentException>(() => ConfigurationFactory.Default("actor-runtime.nothing")).Message);
    }

    [Fact]
    public void Key_that_is_a_word_of_the_grammar_is_written_in_quotes() =>
        Assert.Equal("\"include\" = 1\n", Parse("\"include\" = 1").ToString());

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
