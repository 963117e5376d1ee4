using Xunit;

namespace ActorRuntime.Configuration.Tests;

[Trait("Requirement", "AR-6")]
public sealed class ParserTests
{
    [Theory]
    [InlineData("a = 1", "a", "1")]
    [InlineData("a : 1", "a", "1")]
    [InlineData("a { b = 1 }", "a.b", "1")]
    [InlineData("a { b { c : 1 } }", "a.b.c", "1")]
    [InlineData("a.b.c = 1", "a.b.c", "1")]
    [InlineData("a.b = 1, a.c = 2", "a.c", "2")]
    [InlineData("a.b = 1\n a { c = 2 }", "a.b", "1")]
    [InlineData("a = 1\na = 2", "a", "2")]
    [InlineData("{ \"a\" : { \"b\" : 1 } }", "a.b", "1")]
    [InlineData("{\"a\":[1,2],\"b\":true,\"c\":null}", "b", "true")]
    [InlineData("\"a.b\" = 1", "\"a.b\"", "1")]
    [InlineData("a.\"b.c\".d = 1", "a.\"b.c\".d", "1")]
    [InlineData("a.\"\".d = 1", "a.\"\".d", "1")]
    [InlineData("a b = 1", "a b", "1")]
    [InlineData("a =\n  1", "a", "1")]
    [InlineData("a\n{ b = 1 }", "a.b", "1")]
    [InlineData("a = 1 # note", "a", "1")]
    [InlineData("a = 1 // note", "a", "1")]
    [InlineData("# note\n\n// note\na = 1", "a", "1")]
    [InlineData("a = one two   three  ", "a", "one two   three")]
    [InlineData("a = one \"two \"  three", "a", "one two   three")]
    [InlineData("a = 10 ms, b = 1", "a", "10 ms")]
    [InlineData("a = 127.0.0.1", "a", "127.0.0.1")]
    [InlineData("a = \"[::1]:9110\"", "a", "[::1]:9110")]
    [InlineData("a = \"http://x # no comment\"", "a", "http://x # no comment")]
    [InlineData("a = /user/shard-1", "a", "/user/shard-1")]
    [InlineData("a = 1e+5", "a", "1e+5")]
    [InlineData("a = \"\"", "a", "")]
    [InlineData("a = \"q\\\"b\\\\s\\/n\\nt\\tu\\u0041\"", "a", "q\"b\\s/n\nt\tuA")]
    [InlineData("a = \"\"\"one\n \"two\" \\n\"\"\"", "a", "one\n \"two\" \\n")]
    [InlineData("a = \"\"\"one\"\"\"\"\"", "a", "one\"\"")]
    [InlineData("\uFEFFa = 1", "a", "1")]
    [InlineData("a = 1\r\nb = 2\r\n", "a", "1")]
    [InlineData("a = 1,\nb = 2,\n", "b", "2")]
    [InlineData("\"include\" = 1", "include", "1")]
    [InlineData("a = ünï", "a", "ünï")]
    public void Text_has_the_value(string hocon, string path, string value) =>
        Assert.Equal(value, ConfigurationFactory.ParseString(hocon).GetString(path));

    [Theory]
    [InlineData("a = [1, 2, 3]", "1|2|3")]
    [InlineData("a = [1\n2\n\n3\n]", "1|2|3")]
    [InlineData("a = [ one two, \"three\", ]", "one two|three")]
    [InlineData("a = []", "")]
    [InlineData("a = [1] [2, 3]", "1|2|3")]
    [InlineData("a = [1]\na += 2", "1|2")]
    [InlineData("a += 1\na += 2", "1|2")]
    [InlineData("b { a = [1] }\nb { a += 2 }\na = ${b.a}", "1|2")]
    public void List_has_the_items(string hocon, string items) =>
        Assert.Equal(items, string.Join('|', ConfigurationFactory.ParseString(hocon).GetStringList("a")));

    [Theory]
    [InlineData("a", 1, "a", "no value")]
    [InlineData("x = 1\na\nb = 2", 2, "a", "no value")]
    [InlineData("a = ", 1, "a", "end of text where a value")]
    [InlineData("x = 1\na = b = c", 2, "a", "'=' inside a value")]
    [InlineData("a = 127.0.0.1:9110", 1, "a", "':' inside a value")]
    [InlineData("a { b = 1", 1, "a", "ends before '}'")]
    [InlineData("a = [1, 2", 1, "a", "ends before ']'")]
    [InlineData("a = 1 }", 1, "", "'}'")]
    [InlineData("a = [1,,2]", 1, "a", "',' where a value")]
    [InlineData(",a = 1", 1, "", "where a key")]
    [InlineData("[1, 2]", 1, "", "not a list")]
    [InlineData("{ a = 1 } b = 2", 1, "", "after the end")]
    [InlineData("a = \"open", 1, "", "without closing")]
    [InlineData("a = \"open\nb = \"", 1, "", "without closing")]
    [InlineData("a = \"\"\"open\n\n", 1, "", "without closing")]
    [InlineData("a = \"\\q\"", 1, "", "unknown escape \\'q'")]
    [InlineData("a = \"\\u12x4\"", 1, "", "unknown escape")]
    [InlineData("a = me@home", 1, "", "'@' is not allowed")]
    [InlineData("a = \"\0\"", 1, "", "U+0000")]
    [InlineData("a = $x", 1, "", "'$'")]
    [InlineData("a = ${x", 1, "", "without }")]
    [InlineData("a..b = 1", 1, "", "a name before, between")]
    [InlineData("\n.a = 1", 2, "", "a name before, between")]
    [InlineData("a = ${}", 1, "a", "a name before")]
    [InlineData("a = [1] x", 1, "a", "do not go together")]
    [InlineData("a = { b = 1 } [2]", 1, "a", "do not go together")]
    [InlineData("\ninclude file(\"x\")", 2, "", "not a file")]
    [InlineData("\ninclude \"x\"", 2, "", "not a file")]
    public void Error_names_line_and_key(string hocon, int line, string key, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(hocon, "node.conf"));
        Assert.Equal(("node.conf", line, key), (error.File, error.Line, error.Key));
        Assert.Contains(message, error.Message);
        Assert.StartsWith($"node.conf:{line}: ", error.Message);
    }

    [Fact]
    public void Every_value_knows_its_line()
    {
        var config = ConfigurationFactory.ParseString("a = 1\nb {\n  c = \"\"\"x\n\ny\"\"\"\n  d = [\n 1 ]\n}", "node.conf");
        Assert.Equal("node.conf:1", config.Origin("a")?.ToString());
        Assert.Equal("node.conf:2", config.Origin("b")?.ToString());
        Assert.Equal("node.conf:3", config.Origin("b.c")?.ToString());
        Assert.Equal("node.conf:6", config.GetConfig("b").Origin("d")?.ToString());
        Assert.Null(config.Origin("x"));
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Nesting_without_end_is_refused(char open, char close)
    {
        var nested = open == '[' ? new string('[', 1_000_000) : string.Concat(Enumerable.Repeat("{a=", 300_000));
        Assert.Contains("nested deeper",
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString("a=" + nested + close)).Message);
    }

    [Fact]
    public void Path_of_many_names_is_refused()
    {
        var path = string.Join('.', Enumerable.Repeat("a", 5_000));
        Assert.Contains("in one path", Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(path + "=1")).Message);
        var nested = string.Concat(Enumerable.Repeat(string.Join('.', Enumerable.Repeat("a", 60)) + "{", 50));
        Assert.Contains("nested deeper", Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(nested)).Message);
    }
}
