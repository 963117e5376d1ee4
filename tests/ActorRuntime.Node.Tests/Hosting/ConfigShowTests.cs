using System.Text.Json;
using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Hosting;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

[Trait("Requirement", "AR-6")]
public sealed class ConfigShowTests : IDisposable
{
    private const string Text = """
        include "common.conf"
        actor-runtime.remote {
          port = ${base-port}7
          # Not ours: an application may keep what it likes beside.
        }
        application { db-password = hunter2, signing-key = [k1, k2], credentials { user = me }, token = "", port = 5, ratio = 1.50
          delay = 10ms, flag = on, yes = true, none = null, note = "a b", "odd key" = x }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("config-show-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Every_setting_is_one_line_with_its_origin()
    {
        Assert.Equal(ExitCode.Success, Show(Text, withOrigins: true));
        var lines = _output.ToString().Split('\n');
        Assert.Contains($"actor-runtime.remote.port = 97  # {Path.Combine(_folder.FullName, "node.conf")}:3", lines);
        Assert.Contains($"actor-runtime.cluster.name = n1  # {Path.Combine(_folder.FullName, "common.conf")}:1", lines);
        var reference = ConfigurationFactory.Default().Origin("actor-runtime.remote.data-lanes");
        Assert.Contains($"actor-runtime.remote.data-lanes = 1  # default, {reference}", lines);
        Assert.DoesNotContain(lines, line => line.Contains("\"*\"", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_shown_is_a_configuration_that_is_shown_alike()
    {
        Show(Text, withOrigins: false);
        var first = _output.ToString();
        _output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Success, Show(first, withOrigins: false));
        Assert.Equal(first, _output.ToString());
        Assert.Contains("\napplication.\"odd key\" = x\n", first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Secrets_are_masked_wherever_they_are_shown(bool asJson)
    {
        Show(Text, withOrigins: true, asJson);
        foreach (var secret in (string[])["hunter2", "k1", "k2", "me\n", "\"me\""])
            Assert.DoesNotContain(secret, _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("******", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("db-password")]
    [InlineData("signing-key")]
    [InlineData("SigningKey")]
    [InlineData("api_key")]
    [InlineData("client-secret")]
    [InlineData("connection-string")]
    [InlineData("auth-token")]
    public void Key_that_names_a_secret_is_known(string key) => Assert.True(ConfigListing.IsSecret(key));

    [Fact]
    public void No_key_of_ours_is_taken_for_a_secret_without_being_one()
    {
        Show(Text, withOrigins: false);
        Assert.DoesNotContain(_output.ToString().Split('\n'),
            line => line.StartsWith("actor-runtime.", StringComparison.Ordinal) && line.Contains("******", StringComparison.Ordinal));
    }

    [Fact]
    public void Json_has_the_tree_and_the_types_json_knows()
    {
        Show(Text, withOrigins: false, asJson: true);
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Equal(97, json.RootElement.GetProperty("actor-runtime").GetProperty("remote").GetProperty("port").GetInt32());
        var application = json.RootElement.GetProperty("application");
        Assert.Equal("1.50", application.GetProperty("ratio").GetRawText());
        Assert.Equal("10ms", application.GetProperty("delay").GetString());
        Assert.Equal("on", application.GetProperty("flag").GetString());
        Assert.True(application.GetProperty("yes").GetBoolean());
        Assert.Equal(JsonValueKind.Null, application.GetProperty("none").ValueKind);
    }

    [Fact]
    public void Json_with_origins_lists_the_settings()
    {
        Show(Text, withOrigins: true, asJson: true);
        using var json = JsonDocument.Parse(_output.ToString());
        var settings = json.RootElement.EnumerateArray().ToDictionary(setting => setting.GetProperty("key").GetString()!);
        var port = settings["actor-runtime.remote.port"];
        Assert.Equal((3, false), (port.GetProperty("line").GetInt32(), port.GetProperty("isDefault").GetBoolean()));
        Assert.EndsWith("node.conf", port.GetProperty("file").GetString());
        Assert.True(settings["actor-runtime.remote.hostname"].GetProperty("isDefault").GetBoolean());
    }

    [Fact]
    public void Unusable_configuration_is_shown_with_all_that_is_wrong()
    {
        Assert.Equal(ExitCode.BadUsage, Show("actor-runtime { remote.prot = 1, remote.port = x }", withOrigins: false));
        Assert.Contains("actor-runtime.remote.port = x", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("did you mean actor-runtime.remote.port?", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("actor-runtime.remote.port: a whole number expected", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_no_configuration_is_an_error_with_its_place()
    {
        Assert.Equal(ExitCode.BadUsage, Show("a = 1\n}", withOrigins: false));
        Assert.StartsWith(Path.Combine(_folder.FullName, "node.conf") + ":2: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _output.ToString());
    }

    private int Show(string text, bool withOrigins, bool asJson = false)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "common.conf"), "actor-runtime.cluster.name = n1, base-port = 9");
        var file = Path.Combine(_folder.FullName, "node.conf");
        File.WriteAllText(file, text);
        return ConfigProgram.Show(new ConfigShowOptions(file, withOrigins, asJson), _output, _error);
    }
}
