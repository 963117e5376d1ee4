using Microsoft.Extensions.Configuration;
using Xunit;

namespace ActorRuntime.Configuration.Extensions.Tests;

[Trait("Requirement", "AR-6")]
public sealed class HoconProviderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hocon-provider-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("a.b.c = 1", "a:b:c", "1")]
    [InlineData("a = [x, { y = z }]", "a:1:y", "z")]
    [InlineData("a = [x, y]", "a:0", "x")]
    [InlineData("a = []", "a", "")]
    [InlineData("a = {}", "a", null)]
    [InlineData("a = null", "a", null)]
    [InlineData("a = 10 ms", "A", "10 ms")]
    [InlineData("base { x = 1 }, a = ${base}", "a:x", "1")]
    [InlineData("a.\"b.c\" = 1", "a:b.c", "1")]
    public void Settings_are_flat_keys(string hocon, string key, string? value)
    {
        var configuration = new ConfigurationBuilder().AddHocon(ConfigurationFactory.ParseString(hocon)).Build();
        Assert.Equal(value, configuration[key]);
        Assert.Contains(configuration.AsEnumerable(), item => string.Equals(item.Key, key, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Keys_that_differ_in_case_only_are_refused_with_both_places()
    {
        var config = ConfigurationFactory.ParseString("a.b = 1\n\nA.B = 2", "app.conf");
        var error = Assert.Throws<ConfigurationException>(() => new ConfigurationBuilder().AddHocon(config).Build());
        Assert.Contains("app.conf:1", error.Message);
        Assert.Equal(3, error.Line);
    }

    [Fact]
    public void File_is_read_with_its_includes_over_earlier_sources()
    {
        Write("part.conf", "section { port = 2, name = ${?NAME} }");
        Write("app.conf", "include \"part\"\nsection.port = 3");
        var configuration = new ConfigurationBuilder().SetBasePath(_folder.FullName)
            .AddInMemoryCollection([new("Section:Port", "1"), new("Section:Host", "h")])
            .AddHoconFile("app.conf", options: new HoconOptions { Environment = name => name == "NAME" ? "n" : null }).Build();
        Assert.Equal(("3", "h", "n"), (configuration["section:port"], configuration["section:host"], configuration["section:name"]));
    }

    [Fact]
    public void Missing_file_is_an_error_unless_it_is_optional()
    {
        Assert.Empty(new ConfigurationBuilder().AddHoconFile(PathOf("no.conf"), optional: true).Build().AsEnumerable());
        Assert.Throws<FileNotFoundException>(() => new ConfigurationBuilder().AddHoconFile(PathOf("no.conf")).Build());
    }

    [Fact]
    public void Text_that_is_no_configuration_names_file_and_line()
    {
        var file = Write("app.conf", "a = 1\n}");
        var error = Assert.ThrowsAny<Exception>(() => new ConfigurationBuilder().AddHoconFile(file).Build());
        Assert.Contains($"{file}:2", Assert.IsType<ConfigurationException>(error.InnerException).Message);
    }

    [Fact]
    public void File_is_read_again_on_reload()
    {
        var configuration = new ConfigurationBuilder().AddHoconFile(Write("app.conf", "a = 1, b = 1")).Build();
        Write("app.conf", "a = 2");
        configuration.Reload();
        Assert.Equal(("2", null), (configuration["a"], configuration["b"]));
    }

    [Fact]
    public void Any_source_becomes_settings()
    {
        var config = new ConfigurationBuilder()
            .AddInMemoryCollection([
                new("ACTOR-RUNTIME:REMOTE:PORT", "9101"),
                new("actor-runtime:Node:Flows:My-Flow:SOURCE", "file-lines"),
                new("actor-runtime:cluster:roles:0", "a"), new("actor-runtime:cluster:roles:1", "b"),
                new("Mine:Key", "x"), new("none", null),
            ])
            .Build().ToConfig();
        Assert.Equal(9101, config.GetInt("actor-runtime.remote.port"));
        Assert.Equal("file-lines", config.GetString("actor-runtime.node.flows.My-Flow.source"));
        Assert.Equal(["a", "b"], config.GetStringList("actor-runtime.cluster.roles"));
        Assert.IsType<HoconValue.List>(config.GetValue("actor-runtime.cluster.roles"));
        Assert.Equal("x", config.GetString("Mine.Key"));
        Assert.False(config.HasPath("none"));
        Assert.Empty(ConfigurationErrors.UnknownKeys(config, ConfigurationFactory.Default()));
    }

    [Fact]
    public void List_replaces_the_list_of_a_fallback_and_numbers_with_gaps_stay_keys()
    {
        var config = new ConfigurationBuilder()
            .AddInMemoryCollection([new("a:0", "x"), new("b:1", "y"), new("b:5", "z")]).Build().ToConfig();
        Assert.Equal(["x"], config.WithFallback(ConfigurationFactory.ParseString("a = [1, 2, 3]")).GetStringList("a"));
        Assert.Equal("z", config.GetString("b.5"));
        Assert.Equal(["y", "z"], config.GetStringList("b"));
    }

    [Fact]
    public void Origins_survive_the_way_through_a_host()
    {
        var file = Write("app.conf", "a = 1\nb = x");
        var config = new ConfigurationBuilder().AddHoconFile(file).AddInMemoryCollection([new("c", "y")]).Build().ToConfig();
        Assert.Equal($"{file}:2: b: a whole number expected, 'x' found",
            Assert.Throws<ConfigurationException>(() => config.GetInt("b")).Message);
        Assert.StartsWith("MemoryConfigurationProvider: c: ", Assert.Throws<ConfigurationException>(() => config.GetInt("c")).Message);
        Assert.Equal(new HoconOrigin("MemoryConfigurationProvider", 0), config.Origin("c"));
    }

    [Fact]
    public void Value_that_keys_below_it_would_hide_is_refused_and_all_of_them_named()
    {
        var configuration = new ConfigurationBuilder()
            .AddHocon(ConfigurationFactory.ParseString("a = 1, b = 2, c = []", "app.conf"))
            .AddInMemoryCollection([new("a:x", "3"), new("b:y", "4"), new("c:0", "5")]).Build();
        var error = Assert.Throws<ConfigurationException>(configuration.ToConfig);
        Assert.Equal(["a", "b"], error.Errors.Select(one => one.Key));
        Assert.Contains("a:x (MemoryConfigurationProvider)", error.Message);
    }

    [Theory]
    [InlineData("a { b = [1, { c = x }], d = \"\" }, e = null")]
    [InlineData("actor-runtime { remote { port = 1 }, cluster { roles = [a] } }")]
    [InlineData("\"k.k\" { x = \"  y \" }")]
    public void There_and_back_is_the_same(string hocon)
    {
        var config = ConfigurationFactory.ParseString(hocon);
        var back = new ConfigurationBuilder().AddHocon(config).Build().ToConfig();
        Assert.Equal(Sorted(config), Sorted(back));

        static string Sorted(Config config) => string.Join('\n', config.ToString().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Section_becomes_the_top()
    {
        var configuration = new ConfigurationBuilder().AddHocon(ConfigurationFactory.ParseString("a.b.c = 1")).Build();
        Assert.Equal(1, configuration.GetSection("a").ToConfig().GetInt("b.c"));
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var deep = string.Join(':', Enumerable.Repeat("a", 5_000));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(deep, "1")]).Build();
        Assert.Contains("nested deeper", Assert.Throws<ConfigurationException>(configuration.ToConfig).Message);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
