using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Tests;

public sealed class ShardingOptionsTests
{
    [Fact, Trait("Requirement", "AR-6")]
    public void The_reference_file_holds_every_key_with_its_default()
    {
        var config = ConfigurationFactory.ParseString(File.ReadAllText(Reference()));
        var defaults = new ShardingOptions();
        Assert.Equal(defaults, ShardingOptions.FromConfig(config) with { Flow = defaults.Flow });
        Assert.Equal(FlowSettingsJson.Write(defaults.Flow), FlowSettingsJson.Write(ShardingOptions.FromConfig(config).Flow));

        Assert.Equal(config.ToString(), ClusterSharding.DefaultConfig().ToString());

        var keys = config.GetConfig("actor-runtime.cluster.sharding").AsEnumerable().Select(pair => pair.Key);
        Assert.Equal(
            ["active-unit-limit", "buffer-size", "drain-timeout", "durability", "flow", "hand-off-timeout", "passivate-idle-after", "passivation",
                "remember-entities", "remembered-starts-per-second", "replication", "retry-after", "unit-failure"],
            keys.Order(StringComparer.Ordinal));
        Assert.Equal(11, config.GetConfig("actor-runtime.cluster.sharding.replication").AsEnumerable().Count());
        Assert.Equal(8, config.GetConfig("actor-runtime.cluster.sharding.replication.write-behind").AsEnumerable().Count());
        var flowKeys = config.GetConfig("actor-runtime.cluster.sharding.flow").AsEnumerable().Select(pair => pair.Key).ToArray();
        Assert.Equal(10, flowKeys.Length);
        Assert.All(flowKeys, key => Assert.Contains($"\"{key}\":", FlowSettingsJson.Write(defaults.Flow), StringComparison.Ordinal));
    }

    [Fact]
    public void All_broken_rules_are_told_at_once_with_their_keys()
    {
        var config = ConfigurationFactory.ParseString(
            "actor-runtime.cluster.sharding { buffer-size = 0, drain-timeout = 2m, retry-after = 1ms, passivation = sometimes, active-unit-limit = 0, "
            + "remembered-starts-per-second = 0, hand-off-timeout = 1h, durability = none, unit-failure = escalate, flow.batch-items = 0 }");
        var error = Assert.Throws<OptionsException>(() => ShardingOptions.FromConfig(config));
        Assert.Equal(9, error.Errors.Count);
        Assert.Contains(error.Errors, line => line.StartsWith("actor-runtime.cluster.sharding.buffer-size:", StringComparison.Ordinal));

        Assert.Throws<OptionsException>(() => new FlowSettings { BatchItems = 0 }.Validated());
    }

    [Fact]
    public void Settings_of_a_flow_survive_the_flow_table()
    {
        var settings = new FlowSettings { Source = "file-lines", ItemsPerSecond = 5, ResendAfter = TimeSpan.FromMilliseconds(123) };
        settings = settings with { SourceSettings = settings.SourceSettings.Add("path", "/tmp/ä b") };

        var read = FlowSettingsJson.Read(FlowSettingsJson.Write(settings));
        Assert.Equal(FlowSettingsJson.Write(settings), FlowSettingsJson.Write(read));
        Assert.Equal("/tmp/ä b", read.SourceSettings["path"]);
        Assert.Throws<FormatException>(() => FlowSettingsJson.Read("{"));
        Assert.Throws<FormatException>(() => FlowSettingsJson.Read("{\"batch-items\": 0}"));
        Assert.Equal(512, FlowSettingsJson.Read("{\"of-a-newer-version\": 1}").BatchItems);
    }

    private static string Reference()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ActorRuntime.sln"))) folder = folder.Parent;
        return Path.Combine(folder.FullName, "hocon", "sharding.conf");
    }
}
