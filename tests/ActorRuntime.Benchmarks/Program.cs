using System.CommandLine;
using ActorRuntime.Benchmarks;
using Spectre.Console;

var verbs = new SortedDictionary<string, Func<IEnumerable<Case>>>(StringComparer.Ordinal)
{
    ["tell"] = LocalBenchmarks.Tell,
    ["fan-in"] = LocalBenchmarks.FanIn,
    ["idle"] = LocalBenchmarks.Idle,
    ["pingpong"] = LocalBenchmarks.PingPong,
    ["ask"] = LocalBenchmarks.Ask,
    ["spawn"] = LocalBenchmarks.Spawn,
    ["remote-oneway"] = RemoteBenchmarks.OneWay,
    ["remote-pingpong"] = RemoteBenchmarks.PingPong,
    ["shard-ask"] = ShardBenchmarks.Ask,
    ["persist"] = PersistBenchmarks.Persist,
    ["replicate"] = ReplicateBenchmarks.Replicate,
    ["transfer"] = ReplicateBenchmarks.Transfer,
    ["failover"] = FailoverBenchmarks.Failover,
    ["blocks"] = BlockBenchmarks.Blocks,
};

switch (args)
{
    case ["peer"]:
        await RemoteBenchmarks.ServeAsync().ConfigureAwait(false);
        return 0;
    case ["shard-node", var name, var directory]:
        await ShardBenchmarks.ServeAsync(name, directory).ConfigureAwait(false);
        return 0;
    case ["replica-node", var name, var directory]:
        await ReplicateBenchmarks.ServeAsync(name, directory).ConfigureAwait(false);
        return 0;
}

var verb = new Argument<string[]>("verb")
{
    Description = $"What to measure: all, {string.Join(", ", verbs.Keys)}", Arity = ArgumentArity.OneOrMore,
};
verb.AcceptOnlyFromAmong([.. verbs.Keys, "all"]);
var runs = new Option<int>("--runs") { Description = "Measured runs of each case", DefaultValueFactory = _ => 5 };
var only = new Option<string>("--case") { Description = "Only cases whose name contains this text", DefaultValueFactory = _ => "" };
var store = new Option<string>("--store") { Description = "persist: only this store, memory, SQLite or PostgreSQL", DefaultValueFactory = _ => "" };
store.AcceptOnlyFromAmong("", "memory", "sqlite", "postgres");
var json = new Option<bool>("--json") { Description = "One JSON object per line and case instead of a table" };
const string text = """
    Measures ActorRuntime. The machine is noisy: compare CPU time per operation, and ratios within one run.
    The first run of each case is thrown away, except where every run starts processes of its own (failover).
    """;
var root = new RootCommand(text) { verb, runs, only, store, json };
root.SetAction(async (arguments, cancellationToken) =>
{
    var chosen = arguments.GetValue(verb)!;
    if (Enum.TryParse<PersistBenchmarks.Store>(arguments.GetValue(store), ignoreCase: true, out var wanted)) PersistBenchmarks.Stores = [wanted];
    var table = new Table().AddColumns("verb", "case", "median", "min", "max", "unit", "CPU ns/op", "runs");
    foreach (var name in chosen.Contains("all") ? verbs.Keys : chosen.AsEnumerable())
    {
        foreach (var measured in verbs[name]())
        {
            if (!measured.Name.Contains(arguments.GetValue(only)!, StringComparison.OrdinalIgnoreCase)) continue;
            var figure = await measured.MeasureAsync(name, arguments.GetValue(runs), cancellationToken).ConfigureAwait(false);
            if (arguments.GetValue(json)) Console.WriteLine(figure.ToJson());
            else table.AddRow(figure.ToRow());
        }
    }

    if (!arguments.GetValue(json)) AnsiConsole.Write(table);
});
var minutes = new Option<double>("--minutes") { Description = "How long", DefaultValueFactory = _ => 10 };
var soak = new Command("soak", "A mixed load whose memory has to stay flat; ends with 1 when it grows or a part of the load stands still") { minutes };
soak.SetAction((arguments, cancellationToken) => SoakBenchmark.RunAsync(TimeSpan.FromMinutes(arguments.GetValue(minutes)), cancellationToken));
root.Subcommands.Add(soak);
var filter = new Option<string>("--filter") { Description = "Names of benchmarks, with *", DefaultValueFactory = _ => "*" };
var micro = new Command("micro", "Mailboxes, dispatch and handler lookup one by one, by BenchmarkDotNet") { filter };
micro.SetAction(arguments => MicroBenchmarks.Run(arguments.GetValue(filter)!));
root.Subcommands.Add(micro);
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
