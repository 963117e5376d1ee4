using Xunit;

namespace ActorRuntime.Configuration.Tests;

[Trait("Requirement", "AR-6")]
public sealed class ConfigurationErrorsTests
{
    private const string Reference = """
        actor-runtime {
          remote { port = 0, host = "" }
          signal { loss-after = 600 ms, lease = 500 ms }
          flows {}
          subnets { "*" { nodes = [], min-in-sync = 2 }, home {}, far { min-in-sync = 3 } }
        }
        """;

    [Fact]
    public void All_errors_are_reported_at_once_with_file_line_and_key()
    {
        var config = Parse("""
            actor-runtime {
              remote { prot = 9110, port = many }
              signal { loss-after = 100 ms
                       lease = soon }
            }
            """);
        var errors = new ConfigurationErrors();
        var section = config.Collecting(errors).GetConfig("actor-runtime");
        Assert.Equal(4711, section.GetInt("remote.port", 4711));
        Assert.Equal(TimeSpan.FromMilliseconds(500), section.GetConfig("signal").GetTimeSpan("lease", TimeSpan.FromMilliseconds(500)));
        Assert.Equal(0, section.GetInt("missing"));
        errors.AddRules(["actor-runtime.signal.loss-after: below the lease two nodes may serve at once", "a rule of no key"], config);
        errors.AddRange(ConfigurationErrors.UnknownKeys(config, ConfigurationFactory.ParseString(Reference)));

        var error = Assert.Throws<ConfigurationException>(errors.ThrowIfAny);
        Assert.Equal(
            [
                "node.conf:2: actor-runtime.remote.port: a whole number expected, 'many' found",
                "node.conf:2: actor-runtime.remote.prot: unknown key; did you mean actor-runtime.remote.port?",
                "node.conf:3: actor-runtime.signal.loss-after: below the lease two nodes may serve at once",
                "node.conf:4: actor-runtime.signal.lease: a duration such as 250 ms, 10s or 2h expected, 'soon' found",
                "actor-runtime.missing: is missing",
                "a rule of no key",
            ],
            error.Message.Split('\n'));
    }

    [Fact]
    public void No_error_ends_the_check_quietly() => new ConfigurationErrors().ThrowIfAny();

    [Theory]
    [InlineData("actor-runtime.remote.prot = 1", "actor-runtime.remote.port")]
    [InlineData("actor-runtime.remote.hots = x", "actor-runtime.remote.host")]
    [InlineData("actor-runtime.singal.lease = 1", "actor-runtime.signal")]
    [InlineData("actor-runtime.signal.loss_after = 1", "actor-runtime.signal.loss-after")]
    [InlineData("actor-runtme.remote.port = 1", "actor-runtime")]
    [InlineData("actor-runtime.subnets.eu.node = []", "actor-runtime.subnets.eu.nodes")]
    [InlineData("actor-runtime.subnets.home.node = []", "actor-runtime.subnets.home.nodes")]
    [InlineData("actor-runtime.subnets.far.node = []", "actor-runtime.subnets.far.nodes")]
    public void Slip_of_the_pen_gets_a_suggestion(string hocon, string suggestion)
    {
        var error = Assert.Single(ConfigurationErrors.UnknownKeys(Parse(hocon), ConfigurationFactory.ParseString(Reference)));
        Assert.Contains($"did you mean {suggestion}?", error.Message);
        Assert.Equal("node.conf:1", error.Origin?.ToString());
    }

    [Theory]
    [InlineData("actor-runtime.remote { port = 1, host = x }")]
    [InlineData("actor-runtime.flows.anything.at.all = 1")]
    [InlineData("actor-runtime.subnets.eu { nodes = [], min-in-sync = 1 }")]
    [InlineData("actor-runtime.subnets.far { nodes = [], min-in-sync = 1 }")]
    [InlineData("my-application.port = 1")]
    public void Known_and_foreign_keys_are_left_alone(string hocon) =>
        Assert.Empty(ConfigurationErrors.UnknownKeys(Parse(hocon), ConfigurationFactory.ParseString(Reference)));

    [Fact]
    public void Unknown_key_without_a_likeness_gets_no_suggestion()
    {
        var error = Assert.Single(ConfigurationErrors.UnknownKeys(Parse("actor-runtime.zzz = 1"),
            ConfigurationFactory.ParseString(Reference)));
        Assert.Equal("unknown key", error.Message);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("port", "prot", 1)]
    [InlineData("lease", "leases", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("abc", "", 3)]
    public void Distance_counts_slips(string left, string right, int slips) => Assert.Equal(slips, EditDistance.Between(left, right));

    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon, "node.conf");
}
