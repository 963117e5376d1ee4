using Xunit;

namespace ActorRuntime.Configuration.Tests;

[Trait("Requirement", "AR-6")]
public sealed class SubstitutionTests
{
    [Theory]
    [InlineData("a = ${b}\nb = 1", "1")]
    [InlineData("b = 1\na = ${b}", "1")]
    [InlineData("a = x${b}y ${c}\nb = 1\nc = 2", "x1y 2")]
    [InlineData("a = ${b.c}\nb { c = 1 }", "1")]
    [InlineData("a = ${b.\"c.d\"}\nb { \"c.d\" = 1 }", "1")]
    [InlineData("a = 1\na = ${?missing}", "1")]
    [InlineData("a = ${?missing}x", "x")]
    [InlineData("a = ${HOME_OF_TEST}", "from environment")]
    [InlineData("HOME_OF_TEST = here\na = ${HOME_OF_TEST}", "here")]
    [InlineData("a = 1\na = ${a}2", "12")]
    [InlineData("a = 1\na = ${a}2\na = ${a}3", "123")]
    [InlineData("a = ${missing}\na = 5", "5")]
    [InlineData("b { foo = 1, bar = ${b.foo} }\na = ${b.bar}", "1")]
    [InlineData("base { x = 1, y = 2 }\nb = ${base} { y = 3 }\na = ${b.x}${b.y}", "13")]
    [InlineData("base { x = 1 }\nb = ${base}\nb { y = 3 }\na = ${b.x}${b.y}", "13")]
    [InlineData("x { y = [7] }\nb = ${x}\nb { y = [1], y += 2 }\na = ${b.y}", "1|2")]
    [InlineData("x { y = [7] }\nb = ${x}\nb { y += 2 }\na = ${b.y}", "7|2")]
    [InlineData("b = 1\na = ${b}\nb = 2", "2")]
    [InlineData("HOME_OF_TEST = ${HOME_OF_TEST}x\na = ${HOME_OF_TEST}", "from environmentx")]
    public void Substitution_has_the_value(string hocon, string value)
    {
        var config = Parse(hocon);
        Assert.Equal(value, config.GetValue("a") is HoconValue.List ? string.Join('|', config.GetStringList("a")) : config.GetString("a"));
    }

    [Theory]
    [InlineData("x = 1\na = ${b}", 2, "no such key")]
    [InlineData("\na = ${a}", 2, "in a circle")]
    [InlineData("a = ${b}\nb = ${a}", 2, "in a circle")]
    [InlineData("a = ${b}\nb = ${c}\nc = ${a}", 3, "in a circle")]
    [InlineData("a { b = ${a} }", 1, "in a circle")]
    [InlineData("a = [${a}]", 1, "in a circle")]
    [InlineData("a = ${b.c}\nb { c = ${a} }", 2, "in a circle")]
    [InlineData("a = ${?b}\nb = ${a}", 2, "in a circle")]
    public void Substitution_of_nothing_names_its_line(string hocon, int line, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => Parse(hocon));
        Assert.Contains(message, error.Message);
        Assert.Equal(line, error.Line);
    }

    [Fact]
    public void Optional_substitution_of_nothing_leaves_the_key_out()
    {
        var config = Parse("a = ${?missing}, b = [1, ${?missing}]");
        Assert.False(config.HasPath("a"));
        Assert.Equal(["1"], config.GetStringList("b"));
    }

    [Theory]
    [InlineData(30, "a0 = 0123456789\n", "a{1} = ${{a{0}}}${{a{0}}}\n")]
    [InlineData(30, "a0 = [x]\n", "a{1} = ${{a{0}}} ${{a{0}}}\n")]
    [InlineData(60, "a0 = [x]\n", "a{1} = [${{a{0}}}, ${{a{0}}}]\n")]
    [InlineData(200, "a0 = x\n", "a{1} = [${{a{0}}}]\n")]
    [InlineData(20_000, "a0 = x\n", "a{1} = ${{a{0}}}\n")]
    [InlineData(20_000, "a = x\n", "a = ${{a}}yyyyyyyyyyyy\n")]
    [InlineData(20_000, "a = []\n", "a += {0}\n")]
    [InlineData(20_000, "a = {{}}\n", "a = ${{a}} {{ k{0} = 1 }}\n")]
    public void Text_that_grows_without_bound_is_refused(int lines, string first, string next)
    {
        var each = Enumerable.Range(0, lines).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, next, i, i + 1));
        var text = first.Replace("{{}}", "{}", StringComparison.Ordinal) + string.Concat(each.Reverse());
        Assert.NotEmpty(Assert.Throws<ConfigurationException>(() => Parse(text)).Errors);
    }

    private static Config Parse(string hocon) =>
        ConfigurationFactory.ParseString(hocon, Surroundings, "node.conf");

    private static HoconOptions Surroundings { get; } = new() { Environment = name => name == "HOME_OF_TEST" ? "from environment" : null };
}
