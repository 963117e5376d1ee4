using System.CommandLine;
using System.Globalization;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Simulation.Sabotages;
using ActorRuntime.Simulation.Scenarios;

namespace ActorRuntime.Simulation.CommandLine;

/// <summary>The verb <c>run</c>.</summary>
internal sealed class RunCommand : Command
{
    private const string Text = """
        Runs whole clusters in virtual time, one for each seed, and checks every invariant after every step. Equal seeds, equal histories.
        Exit code 0 only when no invariant was broken.

        Examples:
          run --seeds 1..1000 --scenario chaos           a thousand clusters, everything at random
          run --seeds 1..20 --scenario all               every scenario
          run --seeds 97 --verbose --until 12.5          the story of one seed up to 12.5 s of its time
          run --seeds 97 --only 3,7                      the same with two of its faults only
          run --seeds 1..200 --scenario kill --sabotage no-opening   a broken variant, to see that it is caught
          run --seeds 1..1000 --json | tail -n 1         for programs
        """;

    private readonly Option<string> _seeds = new("--seeds") { Description = "a seed, or FIRST..LAST", DefaultValueFactory = static _ => "1..100", HelpName = "RANGE" };

    private readonly Option<string> _scenario = new("--scenario") { Description = "a name that `list` shows, or all", DefaultValueFactory = static _ => "chaos", HelpName = "NAME" };

    private readonly Option<int?> _nodes = new("--nodes") { Description = "number of nodes (default: the scenario's)", HelpName = "N" };

    private readonly Option<string?> _only = new("--only") { Description = "numbers of the faults to keep, as a failing run prints them; needs one seed", HelpName = "0,3,7" };

    private readonly Option<string?> _sabotage = new("--sabotage") { Description = "a broken variant that `list` shows", HelpName = "NAME" };

    private readonly Option<ShardDurability> _durability = new("--durability")
    {
        Description = "where the events of units go: journal or replicated", DefaultValueFactory = static _ => ShardDurability.Journal, HelpName = "WHERE",
    };

    private readonly Option<bool> _verbose = new("--verbose") { Description = "print all that happened in each run" };

    private readonly Option<double?> _until = new("--until") { Description = "with --verbose: seconds of simulated time after which nothing is printed", HelpName = "T" };

    private readonly Option<int> _parallel = new("--parallel") { Description = "runs at the same time", DefaultValueFactory = static _ => Environment.ProcessorCount, HelpName = "N" };

    private readonly Option<bool> _json = new("--json") { Description = "the last line is one JSON object" };

    public RunCommand()
        : base("run", Text)
    {
        foreach (var option in (Option[])[_seeds, _scenario, _nodes, _only, _sabotage, _durability, _verbose, _until, _parallel, _json]) Add(option);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var seeds = SeedRange.Parse(parsed.GetValue(_seeds)!);
            var nodes = parsed.GetValue(_nodes);
            if (nodes is < 1 or > 100) throw new FormatException("--nodes: 1 to 100");
            if (parsed.GetValue(_parallel) is < 1 or > 1024) throw new FormatException("--parallel: 1 to 1024");
            var plan = new RunPlan(ScenariosOf(parsed.GetValue(_scenario)!), seeds, nodes, SabotageOf(parsed.GetValue(_sabotage)), FaultsOf(parsed.GetValue(_only), seeds))
            {
                Durability = parsed.GetValue(_durability),
                IsVerbose = parsed.GetValue(_verbose),
                Until = parsed.GetValue(_until) is { } until ? TimeSpan.FromSeconds(until) : TimeSpan.MaxValue,
                Parallel = parsed.GetValue(_parallel),
                IsJson = parsed.GetValue(_json),
            };
            return new SeedRunner(plan).Run(cancellationToken);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadUsage;
        }
    }

    internal static IReadOnlyList<Scenario> ScenariosOf(string name) =>
        name == "all" ? AllScenarios.All
        : AllScenarios.Find(name) is { } scenario ? [scenario]
        : throw new FormatException($"there is no scenario '{name}'; there are: all, {string.Join(", ", AllScenarios.All.Select(static known => known.Name))}");

    internal static Sabotage? SabotageOf(string? name) =>
        name is null ? null
        : AllSabotages.Find(name) ?? throw new FormatException($"there is no sabotage '{name}'; there are: {string.Join(", ", AllSabotages.All.Select(static known => known.Name))}");

    internal static IReadOnlyList<int>? FaultsOf(string? text, SeedRange seeds)
    {
        if (text is null) return null;
        if (seeds.Count != 1) throw new FormatException("--only needs one seed: every seed has faults of its own");
        return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index : throw new FormatException($"--only: '{part}' is no number of a fault"))];
    }
}
