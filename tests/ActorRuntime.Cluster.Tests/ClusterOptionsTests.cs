using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests;

public sealed class ClusterOptionsTests
{
    [Fact]
    [Trait("Requirement", "AR-6")]
    public void The_reference_file_states_the_defaults()
    {
        var config = ConfigurationFactory.ParseString(File.ReadAllText(Reference()));
        Assert.Equal((new ClusterOptions() with { Roles = [] }).ToString(), ClusterOptions.FromConfig(config).ToString());
        var cluster = config.GetConfig("actor-runtime.cluster");
        foreach (var (section, options) in new (string, Type)[] { ("control-log", typeof(LogOptions)), ("orchestrator", typeof(OrchestratorOptions)) })
        {
            var keys = cluster.GetConfig(section).AsEnumerable().Select(pair => pair.Key.Replace("-", "", StringComparison.Ordinal)).Order(StringComparer.OrdinalIgnoreCase);
            var properties = options.GetProperties().Where(p => p.Name != "EqualityContract").Select(p => p.Name).Order(StringComparer.OrdinalIgnoreCase);
            Assert.Equal(properties, keys, StringComparer.OrdinalIgnoreCase);
        }
    }

    [Fact]
    [Trait("Requirement", "AR-6")]
    public void Every_broken_rule_is_named()
    {
        var wrong = new ClusterOptions { Name = "no spaces allowed", SignalPort = 70_000, SignalBindAddress = "here" };
        var refusal = Assert.Throws<OptionsException>(() => wrong.Validated());
        Assert.Equal(3, refusal.Errors.Count);
        Assert.Throws<OptionsException>(() => new ClusterOptions { Name = "a", Orchestrator = new() { Observers = 1 } }.Validated());
        Assert.Throws<OptionsException>(() => new ClusterOptions { Name = "a", ControlLog = new() { PollInterval = TimeSpan.Zero } }.Validated());
    }

    private static string Reference()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "ActorRuntime.sln"))) directory = directory.Parent!;
        return Path.Combine(directory.FullName, "hocon", "cluster.conf");
    }
}
