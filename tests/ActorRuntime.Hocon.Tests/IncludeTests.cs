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

    [Fact]
    public void Missing_file_names_the_include()
    {
        var error = Assert.Throws<ConfigurationException>(() =>
            ConfigurationFactory.ParseFile(Write("a.conf", "x = 1\ninclude \"no.conf\"")));
        Assert.Equal((PathOf("a.conf"), 2), (error.File, error.Line));
        Assert.Contains("no.conf", error.Message);
        Assert.Contains("cannot read",
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(PathOf("none.conf"))).Message);
        Assert.Contains("cannot read",
            Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseFile(_folder.FullName)).Message);
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

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
