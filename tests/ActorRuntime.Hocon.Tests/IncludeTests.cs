using System.Text;
using Xunit;

namespace ActorRuntime.Configuration.Tests;

[Trait("Requirement", "AR-6")]
public sealed class IncludeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hocon-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Include_is_relative_to_its_file_and_keeps_origins()
    {
        Write("sub/common.conf", "\nport = 1\ninclude \"deeper/more.conf\"");
        Write("sub/deeper/more.conf", "host = local");
        var config = ConfigurationFactory.ParseFile(Write("node.conf", "include \"sub/common.conf\"\nport = 2\nname = a"));
        Assert.Equal(("2", "local", "a"), (config.GetString("port"), config.GetString("host"), config.GetString("name")));
        Assert.Equal(Path.Combine(_folder.FullName, "sub", "deeper/more.conf") + ":1", config.Origin("host")!.ToString());
        Assert.Equal(2, config.Origin("port")!.Line);
    }

    [Fact]
    public void Included_substitutions_look_beside_themselves_first()
    {
        Write("part.conf", "x = inner, y = ${x}, z = ${outer}");
        var config = ConfigurationFactory.ParseFile(Write("node.conf", "x = top, outer = far\npart { include \"part.conf\" }"));
        Assert.Equal(("inner", "far"), (config.GetString("part.y"), config.GetString("part.z")));
    }

    [Fact]
    public void Appending_in_an_included_file_appends_to_its_own_key()
    {
        Write("part.conf", "list += 2");
        var config = ConfigurationFactory.ParseFile(Write("node.conf", "list = [9]\npart { list = [1]\n include \"part.conf\" }"));
        Assert.Equal([1, 2], config.GetIntList("part.list"));
    }

    [Fact]
    public void Circle_of_includes_is_refused()
    {
        Write("b.conf", "include \"a.conf\"");
        var error = Assert.Throws<ConfigurationException>(() =>
            ConfigurationFactory.ParseFile(Write("a.conf", "\n\ninclude \"./b.conf\"")));
        Assert.Contains("circle", error.Message);
        Assert.EndsWith("b.conf", error.File);
    }

    [Fact]
    public void Includes_that_double_at_each_level_are_refused()
    {
        for (var level = 0; level < 30; level++) Write($"{level}.conf", $"include \"{level + 1}.conf\"\ninclude \"{level + 1}.conf\"");
        Write("30.conf", "x = 1");
        Assert.Contains("includes", Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(PathOf("0.conf"))).Message);
    }

    [Theory]
    [InlineData("include \"no.conf\"")]
    [InlineData("include file(\"no.conf\")")]
    [InlineData("include \"no-folder/no.conf\"")]
    [InlineData("include \"no\"")]
    public void Missing_file_is_an_empty_one(string include) =>
        Assert.Equal("x = 1\n", ConfigurationFactory.ParseFile(Write("a.conf", $"x = 1\n{include}")).ToString());

    [Theory]
    [InlineData("include required(\"no.conf\")")]
    [InlineData("include required(file(\"no.conf\"))")]
    [InlineData("include required( file( \"no.conf\" ) )")]
    public void Missing_file_that_is_required_names_the_include(string include)
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(Write("a.conf", $"x = 1\n{include}")));
        Assert.Equal((PathOf("a.conf"), 2), (error.File, error.Line));
        Assert.Contains("no.conf", error.Message);
    }

    [Fact]
    public void Missing_first_file_and_a_folder_are_errors()
    {
        Assert.Contains("no such file",
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(PathOf("none.conf"))).Message);
        Assert.Contains("cannot read",
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(_folder.FullName)).Message);
        var error = Assert.Throws<ConfigurationException>(() =>
            ConfigurationFactory.ParseFile(Write("a.conf", "\ninclude file(\"" + _folder.FullName + "\")")));
        Assert.Equal((PathOf("a.conf"), 2), (error.File, error.Line));
    }

    [Theory]
    [InlineData("include \"part\"")]
    [InlineData("include file(\"part.conf\")")]
    [InlineData("include required(\"part.conf\")")]
    [InlineData("include\n  \"part\"")]
    [InlineData("include required(\n file(\"part\"))", true)]
    [InlineData("a = 0, include \"part\", c = 3")]
    public void Form_of_include_finds_the_file(string include, bool isError = false)
    {
        Write("part.conf", "b = 2");
        var file = Write("node.conf", include);
        var error = Record.Exception(() => Assert.Equal(2, ConfigurationFactory.ParseFile(file).GetInt("b")));
        Assert.Equal(isError, error is ConfigurationException refused && refused.Message.Contains("known are", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("include part", "known are")]
    [InlineData("include = 1", "known are")]
    [InlineData("include { a = 1 }", "known are")]
    [InlineData("include ${part}", "known are")]
    [InlineData("include files(\"part\")", "known are")]
    [InlineData("include file(\"part\"", "')' expected")]
    [InlineData("include required(file(\"part\")", "')' expected")]
    [InlineData("include \"part\" \"more\"", "where a comma")]
    [InlineData("include file(\"part\")) ", "')' expected")]
    [InlineData("include url(\"http://localhost/part.conf\")", "never over a network")]
    [InlineData("include \"https://localhost/part.conf\"", "never over a network")]
    [InlineData("include resource(\"part\")", "HoconOptions.Resources")]
    public void Other_form_of_include_is_refused(string include, string message)
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(Write("node.conf", "a = 1\n" + include)));
        Assert.Contains(message, error.Message);
        Assert.Equal(2, error.Line);
    }

    [Theory]
    [InlineData("include \"part\"", "11")]
    [InlineData("include \"part\"\na = 3", "31")]
    [InlineData("a = 3\ninclude \"part\"", "11")]
    public void Include_stands_for_its_keys_where_it_stands(string text, string sums)
    {
        Write("part.conf", "a = 1, b = 1");
        var config = ConfigurationFactory.ParseFile(Write("node.conf", text));
        Assert.Equal(sums, config.GetString("a") + config.GetString("b"));
    }

    [Fact]
    public void Name_without_extension_takes_json_and_then_conf()
    {
        Write("part.json", "{ \"a\": 1, \"b\": 1 }");
        Write("part.conf", "b = 2");
        var config = ConfigurationFactory.ParseFile(Write("node.conf", "include \"part\""));
        Assert.Equal((1, 2), (config.GetInt("a"), config.GetInt("b")));
    }

    [Fact]
    public void Absolute_name_and_file_address_are_taken_as_they_are()
    {
        var part = Write("elsewhere/part.conf", "a = 1");
        foreach (var name in (string[])[part, "file://" + part])
            Assert.Equal(1, ConfigurationFactory.ParseFile(Write("node.conf", $"include \"{name}\"")).GetInt("a"));
    }

    [Fact]
    public void List_at_the_top_of_an_included_file_is_an_error()
    {
        Write("part.conf", "\n[1]");
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(Write("node.conf", "include \"part\"")));
        Assert.Equal((PathOf("part.conf"), 2), (error.File, error.Line));
    }

    [Theory]
    [InlineData("x = top, list = [{ include \"part\" }]", "inner")]
    [InlineData("x = top, list = [[{ deep { include \"part\" } }]]", "inner")]
    [InlineData("x = top, base { z = 0 }, one = ${base} { include \"part\" }", "inner")]
    public void Included_substitutions_find_their_own_text_also_in_lists_and_behind_values(string text, string value)
    {
        Write("part.conf", "x = inner, y = ${x}");
        Assert.Contains($"y = {value}", ConfigurationFactory.ParseFile(Write("node.conf", text)).ToString());
    }

    [Fact]
    public void Including_file_overrides_what_included_substitutions_see()
    {
        Write("part.conf", "x = 10, y = ${x}");
        Assert.Equal(42, ConfigurationFactory.ParseFile(Write("node.conf", "a { include \"part\" }\na { x = 42 }")).GetInt("a.y"));
    }

    [Fact]
    public void Resources_are_found_beside_each_other_and_behind_missing_files()
    {
        var resources = new Dictionary<string, string>
        {
            ["app/first.conf"] = "a = 1\ninclude \"second\"\ninclude \"/top.conf\"", ["app/second.conf"] = "b = 2",
            ["top.conf"] = "c = 3", ["bad.conf"] = "\n}", ["round.conf"] = "include \"round.conf\"",
        };
        var options = new HoconOptions
        {
            Resources = name => resources.TryGetValue(name, out var text) ? new MemoryStream(Encoding.UTF8.GetBytes(text)) : null,
        };
        var config = ConfigurationFactory.ParseString("include resource(\"app/first.conf\")", options);
        Assert.Equal((1, 2, 3), (config.GetInt("a"), config.GetInt("b"), config.GetInt("c")));
        Assert.Equal("resource:app/second.conf:1", config.Origin("b")!.ToString());
        var file = Write("node.conf", "include \"top.conf\"\ninclude file(\"app/second.conf\")");
        config = ConfigurationFactory.ParseFile(file, options);
        Assert.Equal(3, config.GetInt("c"));
        Assert.False(config.HasPath("b"));
        Assert.Equal(2, ConfigurationFactory.ParseFile(Write("sub/node.conf", "include resource(\"app/second\")"), options).GetInt("b"));
        Assert.True(ConfigurationFactory.ParseString("include resource(\"none\")", options).IsEmpty);
        Assert.Equal("resource:bad.conf", Refusal("include resource(\"bad\")").File);
        Assert.Contains("circle", Refusal("include classpath(\"round.conf\")").Message);
        Assert.Contains("nothing of this name", Refusal("include required(resource(\"none\"))").Message);

        ConfigurationException Refusal(string text) =>
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(text, options));
    }

    [Fact]
    public void Bytes_that_are_not_text_name_the_line()
    {
        var file = Write("a.conf", "");
        File.WriteAllBytes(file, [.. "x = 1\ny = "u8, 0xC3, 0x28]);
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(file));
        Assert.Equal((file, 2), (error.File, error.Line));
        Assert.Contains("UTF-8", error.Message);
    }

    [Fact]
    public void Callback_finds_includes()
    {
        var config = ConfigurationFactory.ParseString(
            "a { include \"part\" }\na.y = 2",
            name => new HoconRoot(ConfigurationFactory.ParseString("x = 1, y = 1", name).Root));
        Assert.Equal((1, 2), (config.GetInt("a.x"), config.GetInt("a.y")));
        Assert.Equal("part:1", config.Origin("a.x")!.ToString());
    }

    [Fact]
    public void Callback_may_find_nothing()
    {
        Assert.Equal("a = 1\n", ConfigurationFactory.ParseString("include \"x\"\na = 1", _ => null).ToString());
        Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString("include required(\"x\")", _ => null));
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
