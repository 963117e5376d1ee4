using ActorRuntime.Node.Demo;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class DemoOptionsTests
{
    [Fact]
    public void Defaults_are_usable() => new DemoOptions().Validated();

    [Fact]
    public void All_breaches_are_reported_at_once()
    {
        var options = new DemoOptions { Nodes = 0, Flows = 99, Rate = 0, Input = "/no/such/file" };
        var refusal = Assert.Throws<OptionsException>(options.Validated);
        Assert.Equal(5, refusal.Errors.Count);
        Assert.Contains("--input /no/such/file: no such file", refusal.Errors);
    }

    [Fact]
    public void Nobody_to_take_over_is_refused() =>
        Assert.Throws<OptionsException>(() => new DemoOptions { Nodes = 1, Fault = Fault.Kill }.Validated());

    [Theory]
    [InlineData("freeze")]
    [InlineData("signal")]
    [InlineData("none")]
    public void Restart_where_no_process_ends_is_refused(string fault) => Assert.Throws<OptionsException>(
        () => new DemoOptions { Fault = Enum.Parse<Fault>(fault, ignoreCase: true), Restart = true }.Validated());

    [Fact]
    public void Directory_with_content_is_refused() =>
        Assert.Throws<OptionsException>(() => new DemoOptions { Directory = AppContext.BaseDirectory }.Validated());

    [Fact]
    public void Without_a_rate_the_input_takes_about_twenty_seconds()
    {
        Assert.Equal(1134, new DemoOptions().RateFor(22_696));
        Assert.Equal(1, new DemoOptions().RateFor(3));
        Assert.Equal(70, new DemoOptions { Rate = 70 }.RateFor(22_696));
    }
}
