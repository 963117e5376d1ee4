using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-6")]
public sealed class ConfigurationTests
{
    [Fact]
    public void Everything_wrong_under_our_prefix_is_reported_when_a_system_is_made()
    {
        var refusal = Assert.Throws<ConfigurationException>(() => ActorSystem.Create("wrong", ConfigurationFactory.ParseString("""
            actor-runtime.actor { ask-timeuot = 1s, throughput = 0 }
            actor-runtime.remote.prot = 1
            actor-runtime.coordinated-shutdown.phases.mine { timeuot = 1s }
            mine.port = 1
            """, "app.conf")));
        Assert.Equal(
            [
                "app.conf:1: actor-runtime.actor.ask-timeuot: unknown key; did you mean actor-runtime.actor.ask-timeout?",
                "app.conf:2: actor-runtime.remote.prot: unknown key; did you mean actor-runtime.remote.port?",
                "app.conf:3: actor-runtime.coordinated-shutdown.phases.mine.timeuot: unknown key; "
                    + "did you mean actor-runtime.coordinated-shutdown.phases.mine.timeout?",
            ],
            refusal.Errors.Select(error => error.ToString()).Where(error => error.Contains("unknown key", StringComparison.Ordinal)));
        Assert.Contains(refusal.Errors, error => error.Key == "actor-runtime.actor.throughput");
    }

    [Fact]
    public async Task Defaults_may_be_handed_in_as_a_fallback()
    {
        var config = ConfigurationFactory.ParseString("actor-runtime.actor.ask-timeout = 3s").WithFallback(ConfigurationFactory.Default());
        await using var system = ActorSystem.Create("defaults", config);
        Assert.Equal(TimeSpan.FromSeconds(3), system.Settings.AskTimeout);
        Assert.Equal(100, system.Settings.Options.Throughput);
    }
}
