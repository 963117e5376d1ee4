using System.CommandLine;
using ActorRuntime.ProcessTests.Clients;
using ActorRuntime.ProcessTests.Faults;
using Spectre.Console;

namespace ActorRuntime.ProcessTests.Soak;

/// <summary>The command line of the scenarios: <c>list</c>, <c>run</c> one, <c>soak</c> in all of them.</summary>
internal static class SoakCommands
{
    private const int FileColumns = 160;

    private const string Text = """
        Runs clusters of real node processes on an emulated network and does them harm. After each round what the receivers persisted is
        compared with the input, and what clients were told is searched for an order that explains it. Needs root; docs/process-tests.md says
        what is emulated.

        Exit code: 0 everything survived; 1 something did not; 2 wrong usage, or network namespaces cannot be made here.
        """;

    public static RootCommand Root() => new(Text) { List(), Run(), Soak(), new NodeCommand() };

    private static Command List()
    {
        var list = new Command("list", "The scenarios");
        list.SetAction(_ =>
        {
            foreach (var scenario in Scenario.All) Console.WriteLine($"{scenario.Name,-20} {scenario.What}");
        });
        return list;
    }

    private static Command Run()
    {
        var name = new Argument<string>("scenario") { Description = "Its name, as list shows it" };
        name.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
        var seed = new Option<int>("--seed") { Description = "What is chosen, and what becomes of which frame, follows from it", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double?>("--seconds") { Description = "How long the fault lasts; by default as in the tests" };
        var run = new Command("run", "One round of one scenario") { name, seed, seconds };
        run.SetAction((parsed, cancellationToken) => GuardedAsync(async () =>
        {
            var scenario = Scenario.Find(parsed.GetRequiredValue(name));
            var lasts = parsed.GetValue(seconds) is { } chosen ? TimeSpan.FromSeconds(chosen) : scenario.Lasts;
            var soak = new SoakRun(Console.Error);
            await soak.RoundAsync(scenario, parsed.GetValue(seed), lasts, cancellationToken);
            return soak.Failures.Count == 0 ? 0 : 1;
        }));
        return run;
    }

    private static Command Soak()
    {
        var minutes = new Option<double>("--minutes") { Description = "No round is begun after so long", DefaultValueFactory = _ => 10 };
        var seed = new Option<int?>("--seed") { Description = "Of the choice of scenarios and of their own; by default another each time" };
        var json = new Option<bool>("--json") { Description = "One JSON object on the last line of standard output instead of a table" };
        var soak = new Command("soak", "Rounds of scenarios chosen at random, then a table of what was survived") { minutes, seed, json };
        soak.SetAction((parsed, cancellationToken) => GuardedAsync(async () =>
        {
            var run = new SoakRun(Console.Error);
            await run.RunAsync(TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed) ?? Random.Shared.Next(), cancellationToken);
            if (parsed.GetValue(json)) Console.WriteLine(run.ToJson());
            else WriteTable(run.ToTable());
            return run.Failures.Count == 0 ? 0 : 1;
        }));
        return soak;
    }

    private static void WriteTable(Table table)
    {
        var console = AnsiConsole.Create(new());
        if (Console.IsOutputRedirected) console.Profile.Width = FileColumns;
        console.Write(table);
    }

    private static async Task<int> GuardedAsync(Func<Task<int>> runAsync)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            await Console.Error.WriteLineAsync("Network namespaces can only be made by root.");
            return 2;
        }
        return await runAsync();
    }
}
