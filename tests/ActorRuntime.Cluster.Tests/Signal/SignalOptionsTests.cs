using ActorRuntime.Cluster.Signal;
using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Signal;

public sealed class SignalOptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_safe()
    {
        var options = new SignalOptions().Validated();
        Assert.True(options.Timing.IsSafe);
        Assert.Equal(TimeSpan.FromMilliseconds(300), options.Timing.SuspectAfter);
    }

    [Fact]
    public void The_reference_file_states_the_defaults_and_names_every_key()
    {
        var config = ConfigurationFactory.ParseFile(Path.Combine(Root(), "hocon", "cluster.conf"));
        Assert.Equal(new SignalOptions(), SignalOptions.FromConfig(config));
        var keys = config.GetConfig(SignalOptions.Path).AsEnumerable().Select(k => k.Key).Order();
        string[] expected =
        [
            "detector", "drift", "emitter", "fault-injection", "interval", "lease", "loss-after", "mute-switch",
            "probe-loss-percent", "probes", "requirement", "secret", "slack", "stall-after", "suspect-after",
        ];
        Assert.Equal(expected, keys);
    }

    [Fact]
    public void All_impossible_values_are_reported_at_once()
    {
        var options = new SignalOptions
        {
            Interval = TimeSpan.FromMilliseconds(1), Lease = TimeSpan.FromSeconds(2), LossAfter = TimeSpan.FromSeconds(2), Drift = 1, Probes = 0, Secret = "short",
        };
        var errors = Assert.Throws<OptionsException>(options.Validated).Errors;
        foreach (var key in new[] { "interval", "loss-after", "drift", "probes", "secret" })
            Assert.Contains(errors, e => e.StartsWith(SignalOptions.Path + "." + key, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Requirement", "CL-3")]
    public void Interval_auto_asks_for_derived_times()
    {
        var options = SignalOptions.FromConfig(ConfigurationFactory.ParseString(
            "actor-runtime.cluster.signal { interval = auto, requirement { detect-within = 2s, false-alarms-per-day = 3 } }"));
        Assert.True(options.IsAutomatic);
        Assert.Equal(new SignalRequirement(TimeSpan.FromSeconds(2), 3), options.Requirement);
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "ActorRuntime.sln"))) directory = directory.Parent;
        return directory!.FullName;
    }
}
