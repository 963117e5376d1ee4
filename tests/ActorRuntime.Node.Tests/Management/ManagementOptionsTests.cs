using System.Runtime.CompilerServices;
using ActorRuntime.Configuration;
using ActorRuntime.Node.Management;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Management;

[Trait("Requirement", "AR-6")]
public sealed class ManagementOptionsTests
{
    [Fact]
    public void Defaults_are_valid() =>
        Assert.Equal(new ManagementOptions(), ManagementOptions.FromConfig(Config.Empty).Validated());

    [Fact]
    public void Every_key_is_read()
    {
        var config = ConfigurationFactory.ParseString("""
            actor-runtime.management {
              host = "::1", port = 1, connections-max = 2, commands-max = 3
              request-bytes-max = 4k, reply-bytes-max = 5k, command-timeout = 6s
            }
            """);
        var expected = new ManagementOptions
        {
            Host = "::1", Port = 1, ConnectionsMax = 2, CommandsMax = 3, RequestBytesMax = 4096, ReplyBytesMax = 5120,
            CommandTimeout = TimeSpan.FromSeconds(6),
        };
        Assert.Equal(expected, ManagementOptions.FromConfig(config).Validated());
    }

    [Fact]
    public void Reference_file_has_every_key_and_the_defaults()
    {
        var config = ConfigurationFactory.ParseFile(ReferenceFile());
        Assert.Equal(new ManagementOptions(), ManagementOptions.FromConfig(config));
        string[] keys = ["host", "port", "connections-max", "commands-max", "request-bytes-max", "reply-bytes-max", "command-timeout"];
        Assert.Equal(keys, config.GetConfig("actor-runtime.management").AsEnumerable().Select(item => item.Key));
    }

    private static string ReferenceFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../hocon/management.conf");

    [Fact]
    public void Every_broken_rule_is_listed()
    {
        var options = new ManagementOptions { Host = "0.0.0.0", Port = -1, ConnectionsMax = 0, CommandTimeout = TimeSpan.Zero };
        var error = Assert.Throws<OptionsException>(options.Validated);
        Assert.Equal(4, error.Errors.Count);
        Assert.Contains(error.Errors, line => line.StartsWith("actor-runtime.management.host: ", StringComparison.Ordinal));
    }
}
