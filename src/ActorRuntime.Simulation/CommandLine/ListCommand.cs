using System.CommandLine;
using ActorRuntime.Simulation.Sabotages;
using ActorRuntime.Simulation.Scenarios;
using Spectre.Console;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>The verb <c>list</c>.</summary>
internal sealed class ListCommand : Command
{
    public ListCommand()
        : base("list", "Shows the scenarios, and the sabotages that must be caught.") => SetAction(_ => Write());

    private static int Write()
    {
        var scenarios = new Table().AddColumns("scenario", "nodes", "what happens");
        foreach (var scenario in AllScenarios.All) scenarios.AddRow(scenario.Name, $"{scenario.Nodes}", Markup.Escape(scenario.Description));
        TableConsole.Write(scenarios);
        var sabotages = new Table().AddColumns("sabotage", "what is broken", "caught in");
        foreach (var sabotage in AllSabotages.All) sabotages.AddRow(sabotage.Name, Markup.Escape(sabotage.Description), sabotage.Scenario);
        TableConsole.Write(sabotages);
        return ExitCode.Success;
    }
}
