using System.CommandLine;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Hosting;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>demo</c>.</summary>
internal sealed class DemoCommand : Command
{
    private const string Text = """
        Starts node processes on this machine, streams lines of text from sender units to receiver units, breaks something, and proves
        at the end from the receivers' persisted events that nothing was lost, doubled or reordered. Exit code 0 only when that holds.

        Examples:
          demo                                    three nodes, kill -9 of the busiest one
          demo --fault freeze                     a node sleeps, is replaced, and comes back as a zombie that nobody believes
          demo --fault kill --restart             the lost node returns and its flows go back to it
          demo --input access.log --rate 50000    your own data, as fast as you like
          demo --store postgres --connection-string "Host=127.0.0.1;Username=postgres"
          demo --json | tail -n 1 | jq .timeline  for programs
          demo --fault signal --hold              keep the nodes up at the end and look around with arctl
        """;

    private readonly Option<string?> _input = new("--input")
    {
        Description = "file whose lines are streamed (default: the data set that ships along)", HelpName = "FILE",
    };

    private readonly Option<int?> _rate = new("--rate")
    {
        Description = "items per second over all flows (default: the input takes about 20 s)", HelpName = "N",
    };

    private readonly Option<int> _flows = new("--flows")
    {
        Description = "number of flows the lines are dealt out over", DefaultValueFactory = _ => 4, HelpName = "N",
    };

    private readonly Option<int> _nodes = new("--nodes")
    {
        Description = "number of node processes", DefaultValueFactory = _ => 3, HelpName = "N",
    };

    private readonly Option<int?> _replicas = new("--replicas")
    {
        Description = "logs of each shard, on as many nodes; 0 keeps events in the shared store alone (default: one for each node, at most 3)", HelpName = "N",
    };

    private readonly Option<Fault> _fault = new("--fault")
    {
        Description = """
            what goes wrong after a third of the input:
            kill          kill -9 of the node with the most active senders
            freeze        SIGSTOP of it, SIGCONT later
            stop          SIGTERM: it leaves in order
            orchestrator  kill -9 of the node that decides
            signal        its signal channel is lost, its data channel stays open
            none          nothing
            """,
        DefaultValueFactory = _ => Fault.Kill,
    };

    private readonly Option<double> _faultDuration = new("--fault-duration")
    {
        Description = "seconds a node stays frozen, or without signals", DefaultValueFactory = _ => 3,
    };

    private readonly Option<bool> _restart = new("--restart") { Description = "start the lost node again and see the flows go back" };
    private readonly Option<bool> _json = new("--json") { Description = "one JSON object as the last line of standard output" };
    private readonly Option<bool> _keep = new("--keep") { Description = "keep the directory and print how to look around" };
    private readonly Option<bool> _hold = new("--hold") { Description = "keep the nodes up at the end, until Ctrl-C" };
    private readonly Option<string?> _directory = new("--directory")
    {
        Description = "where everything goes (default: a new temporary directory)", HelpName = "DIR",
    };

    private readonly Option<StoreKind> _store = new("--store")
    {
        Description = "where control log, journal and snapshots are: sqlite (files of the run) or postgres (a new schema, which stays)",
        DefaultValueFactory = _ => StoreKind.Sqlite,
    };

    private readonly Option<string?> _connectionString = new("--connection-string")
    {
        Description = $"of --store postgres, as \"Host=db1;Database=app;Username=app\" (default: the variable {DemoStore.ConnectionVariable})",
        HelpName = "TEXT",
    };

    /// <param name="run">What to do with the options once they are read.</param>
    public DemoCommand(Func<DemoOptions, CancellationToken, Task<int>> run) : base("demo", Text)
    {
        foreach (var option in (Option[])[_input, _rate, _flows, _nodes, _replicas, _fault, _faultDuration, _restart, _json, _keep, _hold, _directory, _store, _connectionString])
            Options.Add(option);
        SetAction((parsed, cancellationToken) => run(Read(parsed), cancellationToken));
    }

    private DemoOptions Read(ParseResult parsed) => new()
    {
        Input = parsed.GetValue(_input),
        Rate = parsed.GetValue(_rate),
        Flows = parsed.GetValue(_flows),
        Nodes = parsed.GetValue(_nodes),
        Replicas = parsed.GetValue(_replicas),
        Fault = parsed.GetValue(_fault),
        FaultDuration = TimeSpan.FromSeconds(parsed.GetValue(_faultDuration)),
        Restart = parsed.GetValue(_restart),
        Json = parsed.GetValue(_json),
        Keep = parsed.GetValue(_keep),
        Hold = parsed.GetValue(_hold),
        Directory = parsed.GetValue(_directory),
        Store = parsed.GetValue(_store),
        ConnectionString = parsed.GetValue(_store) != StoreKind.Postgres
            ? null
            : parsed.GetValue(_connectionString) ?? Environment.GetEnvironmentVariable(DemoStore.ConnectionVariable),
    };
}
