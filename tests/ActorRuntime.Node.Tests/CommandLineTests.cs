using System.CommandLine;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private RunOptions? _run;
    private DemoOptions? _demo;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Config_alone_runs_a_node()
    {
        Assert.Equal(0, await Invoke("--config", "a.conf"));
        Assert.Equal(new RunOptions("a.conf", false), _run);
    }

    [Fact]
    public async Task Verb_run_runs_a_node()
    {
        Assert.Equal(0, await Invoke("run", "--config", "a.conf", "--end-with-parent"));
        Assert.Equal(new RunOptions("a.conf", true), _run);
    }

    [Fact]
    public async Task Verb_demo_has_the_defaults_of_its_options()
    {
        Assert.Equal(0, await Invoke("demo"));
        Assert.Equal(new DemoOptions(), _demo);
    }

    [Fact]
    public async Task Options_of_demo_arrive()
    {
        Assert.Equal(0, await Invoke(
            "demo", "--input", "x.txt", "--rate", "500", "--flows", "2", "--nodes", "5", "--fault", "orchestrator", "--restart", "--json",
            "--keep", "--hold", "--directory", "d", "--fault-duration", "1.5"));
        Assert.Equal(
            new DemoOptions
            {
                Input = "x.txt", Rate = 500, Flows = 2, Nodes = 5, Fault = Fault.Orchestrator, Restart = true, Json = true, Keep = true,
                Hold = true, Directory = "d", FaultDuration = TimeSpan.FromSeconds(1.5),
            },
            _demo);
    }

    [Theory]
    [InlineData("demo", "--fault", "earthquake")]
    [InlineData("demo", "--flows", "many")]
    [InlineData("run")]
    [InlineData("replace")]
    [InlineData("replace", "--config", "a.conf", "--timeout", "0")]
    [InlineData("store", "read")]
    [InlineData("config", "show")]
    [InlineData("config", "show", "--config", "/no/such.conf")]
    [InlineData("--confg", "a.conf")]
    [InlineData]
    public async Task Wrong_usage_has_its_own_exit_code_and_runs_nothing(params string[] arguments)
    {
        Assert.Equal(ExitCode.BadUsage, await Invoke(arguments));
        Assert.NotEqual("", _error.ToString());
        Assert.Null(_run);
        Assert.Null(_demo);
    }

    [Theory]
    [InlineData("--help", "demo")]
    [InlineData("demo --help", "--fault freeze")]
    [InlineData("run --help", "hocon/one-node.conf")]
    [InlineData("version --help", "SQLite")]
    [InlineData("config show --help", "hocon/one-node.conf")]
    public async Task Help_is_everywhere(string arguments, string text)
    {
        Assert.Equal(0, await Invoke(arguments.Split(' ')));
        Assert.Contains(text, _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_is_printed(string argument)
    {
        Assert.Equal(0, await Invoke(argument));
        Assert.Equal("1.2.3", _output.ToString().Trim());
    }

    private Task<int> Invoke(params string[] arguments) => NodeCommandLine.InvokeAsync(
        NodeCommandLine.Create(
            (options, _) =>
            {
                _run = options;
                return Task.FromResult(0);
            },
            (options, _) =>
            {
                _demo = options;
                return Task.FromResult(0);
            },
            () => "1.2.3"),
        arguments,
        new InvocationConfiguration { Output = _output, Error = _error });
}
