using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Remote.Tests;

[Trait("Requirement", "AR-6")]
public sealed class RemoteOptionsTests
{
    [Fact]
    public void Reference_file_states_the_defaults_and_every_key()
    {
        var config = ConfigurationFactory.ParseString(File.ReadAllText(ReferenceFile()));
        Assert.Equal(new RemoteOptions(), RemoteOptions.FromConfig(config).Validated());
        var keys = config.GetConfig("actor-runtime.remote").AsEnumerable().Select(item => item.Key.Replace("-", "", StringComparison.Ordinal)).Order();
        Assert.Equal(typeof(RemoteOptions).GetProperties().Select(property => property.Name.ToLowerInvariant()).Order(), keys);
    }

    [Fact]
    public void Every_breach_is_reported_at_once()
    {
        var broken = new RemoteOptions { Port = 70_000, DataLanes = 0, MaximumFrameSize = 1, ReconnectDelayMax = TimeSpan.Zero };
        Assert.Equal(4, Assert.Throws<OptionsException>(broken.Validated).Errors.Count);
    }

    private static string ReferenceFile()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); ; directory = directory.Parent!)
        {
            var file = Path.Combine(directory.FullName, "hocon", "remote.conf");
            if (File.Exists(file)) return file;
        }
    }
}
