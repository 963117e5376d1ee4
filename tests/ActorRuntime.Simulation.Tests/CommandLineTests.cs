using System.Text.Json;
using ActorRuntime.Simulation.CommandLine;

namespace ActorRuntime.Simulation.Tests;

/// <summary>The verbs as a script sees them. One at a time: they write to the console of this process.</summary>
[Collection(nameof(CommandLineTests))]
public sealed class CommandLineTests
{
    [Fact]
    public async Task Run_ends_with_one_object_and_equal_seeds_give_equal_digests()
    {
        var first = await RunAsync(new RunCommand(), "--seeds", "1..2", "--scenario", "kill", "--json");
        var again = await RunAsync(new RunCommand(), "--seeds", "1..2", "--scenario", "kill", "--json", "--parallel", "1");

        var (a, b) = (Last(first), Last(again));
        Assert.Equal(0, first.Code);
        Assert.Equal("kill", a.GetProperty("scenario").GetString());
        Assert.Equal(0, a.GetProperty("violations").GetInt32());
        Assert.Empty(a.GetProperty("failing_seeds").EnumerateArray());
        Assert.True(a.GetProperty("simulated_seconds").GetDouble() > 40);
        Assert.True(a.GetProperty("failovers").GetInt64() > 2);
        Assert.True(a.GetProperty("faults").GetProperty("Kill").GetInt64() > 4);
        Assert.Equal(a.GetProperty("trace_digest").GetString(), b.GetProperty("trace_digest").GetString());
    }

    [Fact]
    public async Task A_violation_is_explained_and_can_be_run_again_and_shrunk()
    {
        var run = await RunAsync(new RunCommand(), "--seeds", "1", "--scenario", "kill", "--sabotage", "position-forgotten");

        Assert.Equal(1, run.Code);
        Assert.Contains("I5 no gap, no duplicate broken at", run.Output, StringComparison.Ordinal);
        Assert.Contains("last decisions:", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"n\d ──.*──▶ n\d", run.Output);
        Assert.Contains("-- run --seeds 1 --scenario kill --sabotage position-forgotten --verbose", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", run.Output, StringComparison.Ordinal);

        var shrunk = await RunAsync(new ShrinkCommand(), "--seeds", "1", "--scenario", "kill", "--sabotage", "position-forgotten");
        var kept = shrunk.Output.Split("--only ")[1].Split(' ')[0];
        Assert.Equal(1, shrunk.Code);
        Assert.DoesNotContain(",", kept, StringComparison.Ordinal); // One kill is enough.

        var only = await RunAsync(new RunCommand(), "--seeds", "1", "--scenario", "kill", "--sabotage", "position-forgotten", "--only", kept);
        Assert.Equal(1, only.Code);
    }

    [Theory]
    [InlineData("--seeds", "7..3", "write one number, or FIRST..LAST")]
    [InlineData("--scenario", "kil", "there is no scenario 'kil'; there are: all, steady")]
    [InlineData("--sabotage", "none", "there is no sabotage 'none'; there are:")]
    [InlineData("--only", "1,x", "--only needs one seed")]
    [InlineData("--nodes", "0", "--nodes: 1 to 100")]
    public async Task Wrong_usage_runs_nothing_and_says_what_is_expected(string option, string value, string expected)
    {
        var (code, _, error) = await RunAsync(new RunCommand(), option, value);

        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_nodes_report_what_they_cost()
    {
        var scale = await RunAsync(new ScaleCommand(), "--nodes", "10", "--json");

        Assert.Equal(0, scale.Code);
        Assert.InRange(Last(scale).GetProperty("signals").GetDouble(), 20, 200);
        Assert.Equal(0, Last(scale).GetProperty("log_growth").GetDouble());
    }

    private static JsonElement Last((int Code, string Output, string Error) run) =>
        JsonDocument.Parse(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;

    private static async Task<(int Code, string Output, string Error)> RunAsync(System.CommandLine.Command command, params string[] arguments)
    {
        var (output, error, before, beforeError) = (new StringWriter(), new StringWriter(), Console.Out, Console.Error);
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return (await command.Parse(arguments).InvokeAsync(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(before);
            Console.SetError(beforeError);
        }
    }
}
