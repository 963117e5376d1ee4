#pragma warning disable RS0030 // The command line is outside the simulated world: it measures real time.
using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using ActorRuntime.Simulation.Scenarios;
using Spectre.Console;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>The verb <c>scale</c>.</summary>
internal sealed class ScaleCommand : Command
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Option<int> _nodes = new("--nodes") { Description = "number of nodes, 3 to 2000", DefaultValueFactory = static _ => 1000, HelpName = "N" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "the seed", DefaultValueFactory = static _ => 1UL, HelpName = "SEED" };
    private readonly Option<bool> _json = new("--json") { Description = "the last line is one JSON object" };

    public ScaleCommand()
        : base("scale", "Many nodes with membership and signals alone: bytes of signals, growth of the control log, time to find a node that died.")
    {
        foreach (var option in (Option[])[_nodes, _seed, _json]) Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var nodes = parsed.GetValue(_nodes);
        if (nodes is < 3 or > 2000)
        {
            Console.Error.WriteLine("--nodes: 3 to 2000");
            return ExitCode.BadUsage;
        }
        var clock = Stopwatch.StartNew();
        try
        {
            var report = ScaleRun.Run(nodes, parsed.GetValue(_seed), up => Console.Error.WriteLine($"{up} of {nodes} nodes are up after {clock.Elapsed.TotalSeconds:0} s"));
            if (parsed.GetValue(_json)) Console.WriteLine(JsonSerializer.Serialize(report, Form));
            else Write(report, clock.Elapsed);
            return ExitCode.Success;
        }
        catch (SimulationFailedException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.Violated;
        }
    }

    private static void Write(ScaleReport report, TimeSpan wall)
    {
        var table = new Table().AddColumns("figure", "value");
        table.AddRow("nodes", $"{report.Nodes}");
        table.AddRow("all up after", $"{report.JoinedAfter.TotalSeconds:0.0} s simulated, one started every 20 ms");
        table.AddRow("signals a node sends", $"{report.Signals:0.0} /s, {report.SignalBytes:0} B/s");
        table.AddRow("control log", $"{report.LogHead} entries, {report.LogGrowth:0.00} more a second at rest");
        table.AddRow("power cut of one", $"decided after {report.LossDecided.TotalMilliseconds:0} ms, known to all after {report.LossKnown.TotalMilliseconds:0} ms");
        table.AddRow("wall", $"{wall.TotalSeconds:0} s");
        TableConsole.Write(table);
    }
}
