using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using ActorRuntime.Cluster;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.View;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Management;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.ProcessTests.Clients;
using ActorRuntime.ProcessTests.Net;

namespace ActorRuntime.ProcessTests.Faults;

/// <summary>Node processes on an emulated network, with flows between them: what a scenario does its faults to. Node n, from 1, is called
/// <c>n1</c> and so on.</summary>
/// <remarks>Ends every process it started, and with them the namespaces, when disposed of; when this process is killed the kernel does.</remarks>
internal sealed class FaultCluster : IAsyncDisposable
{
    /// <summary>What does not come true for so long never will.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private const int Port = 9101, ManagementPort = 9110;

    private readonly ClusterPlan _plan;
    private readonly int _lines;
    private readonly int _seed;
    private readonly TestDirectory _directory = new();
    private readonly SmallDisk? _disk;
    private readonly NodeNamespace[] _places;
    private readonly Executable?[] _processes;
    private readonly int[] _forgiven;
    private readonly HashSet<int> _hit = [];
    private readonly List<(int Node, Executable Process)> _all = [];
    private readonly SqliteControlLogStore _store;
    private readonly SqliteJournal _journal;
    private readonly LogFollower _log;
    private readonly FlowJournals _journals;
    private readonly ClientHistory _clients = new();
    private readonly string[] _flows;
    private readonly CancellationToken _cancellation;

    private FaultCluster(ClusterPlan plan, int lines, int seed, CancellationToken cancellationToken)
    {
        (_plan, _lines, _seed, Random, _cancellation) = (plan, lines, seed, new(seed), cancellationToken);
        if (plan.DiskMegabytes > 0) _disk = SmallDisk.Mount(_directory.File("disk"), plan.DiskMegabytes);
        Directory.CreateDirectory(StoreDirectory);
        _places = [.. Enumerable.Range(0, plan.Nodes).Select(_ => NodeNamespace.Create())];
        Network = new(seed, _places);
        _processes = new Executable?[plan.Nodes];
        _forgiven = new int[plan.Nodes];
        _flows = [.. Enumerable.Range(0, plan.Flows).Select(i => $"f{i}")];
        var environment = new ProductionEnvironment();
        _store = new(new() { Path = ControlLogFile }, environment);
        _journal = new(new() { Path = JournalFile }, environment);
        _log = new(_store);
        _journals = new(_journal, flow => FlowUnits.PersistenceId(FlowUnits.Receiver(flow)));
    }

    /// <summary>What a scenario chooses, it chooses by this.</summary>
    public Random Random { get; }

    public LinkEmulator Network { get; }

    public IEnumerable<int> Nodes => Enumerable.Range(1, _plan.Nodes);

    /// <summary>Where the nodes keep what they share.</summary>
    public string StoreDirectory => Path.Combine(DataDirectory, "store");

    public string ControlLogFile => Path.Combine(StoreDirectory, "control-log.db");

    public string JournalFile => Path.Combine(StoreDirectory, "journal.db");

    public SmallDisk Disk => _disk ?? throw new InvalidOperationException("the plan has no disk of its own");

    /// <summary>As of the last look at the control log.</summary>
    public ClusterView View => _log.History.View;

    /// <summary>Incarnations declared lost, in order.</summary>
    public IEnumerable<NodeKey> Lost => _log.History.Entries.SelectMany(row => row.Entry.Changes).OfType<ControlChange.NodeDown>().Select(down => down.Node);

    /// <summary>Starts all nodes; returns when they are up and every flow has its senders.</summary>
    /// <param name="lines">Of the input, dealt out over the flows.</param>
    /// <param name="seed">What a scenario chooses, and what becomes of which frame, follows from it.</param>
    public static async Task<FaultCluster> StartAsync(ClusterPlan plan, int lines, int seed, CancellationToken cancellationToken)
    {
        var cluster = new FaultCluster(plan, lines, seed, cancellationToken);
        try
        {
            await cluster._store.OpenAsync(cancellationToken);
            await cluster._journal.OpenAsync(cancellationToken);
            await File.WriteAllTextAsync(cluster.InputFile, string.Concat(Enumerable.Range(0, lines).Select(cluster.Line)), cancellationToken);
            foreach (var node in cluster.Nodes)
                await File.WriteAllTextAsync(cluster.ConfigurationFile(node), cluster.Configuration(node), cancellationToken);
            foreach (var node in cluster.Nodes) cluster.Start(node);
            await cluster.UntilAsync("all nodes are up and every flow has its senders", () =>
                cluster.UpCount == plan.Nodes && cluster.View.Flows.Count == plan.Flows && cluster.View.Flows.Values.All(flow => flow.Active is not null));
            // Whichever node is hit then has something to lose.
            foreach (var type in (string[])[FlowUnits.ReceiverType, ObjectUnits.RegisterType, ObjectUnits.CounterType])
                await cluster.UntilAsync($"every node leads a shard of {type}", () => cluster.Leaders(type).Count() == plan.Nodes);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Members that are up.</summary>
    public int UpCount => View.Members.Values.Count(member => member.Status == MemberStatus.Up);

    public static string Name(int node) => $"n{node}";

    /// <summary>Number of a member.</summary>
    public static int NumberOf(NodeKey node) => int.Parse(node.Name[1..], CultureInfo.InvariantCulture);

    /// <summary>A node to hit.</summary>
    public int PickNode() => Random.Next(_plan.Nodes) + 1;

    /// <summary>A node on which the receiver of a flow runs.</summary>
    public int PickReceiverNode()
    {
        var flow = View.Flows.Values.ElementAt(Random.Next(View.Flows.Count));
        return NumberOf(DemoProgram.ReceiverNode(View, flow)!.Value);
    }

    /// <summary>Has every write of a node to a file fail that would make it longer than so many bytes, or <c>unlimited</c>.</summary>
    public async Task LimitFilesAsync(int node, string bytes)
    {
        if (Process(node).HasExited) await FailAsync($"n{node} ended by itself with {await Process(node).EndAsync()}");
        _places[node - 1].Run("prlimit", $"--pid={Process(node).Id}", $"--fsize={bytes}:unlimited");
    }

    public Executable Process(int node) => _processes[node - 1] ?? throw new InvalidOperationException($"n{node} was never started");

    public NodeNamespace Place(int node) => _places[node - 1];

    /// <summary>Starts the process of a node, again where it ran before.</summary>
    public void Start(int node)
    {
        var number = _all.Count;
        var process = Executable.NodeIn(_places[node - 1], ConfigurationFile(node), number * NodeCommand.NumbersOfAProcess, line => _clients.Take(number, line));
        _processes[node - 1] = process;
        _all.Add((node, process));
    }

    /// <summary>Kills the process of a node and waits for its end.</summary>
    public async Task KillAsync(int node)
    {
        Process(node).Signal("KILL");
        await Process(node).EndAsync();
    }

    /// <summary>The member of that name that is up now, null where there is none.</summary>
    public NodeKey? Up(int node) => View.Members.TryGetValue(Name(node), out var member) && member.Status == MemberStatus.Up ? member.Key : null;

    /// <summary>What the processes of a node wrote to standard error, in order.</summary>
    public string SaidBy(int node) => string.Concat(_all.Where(one => one.Node == node).Select(one => one.Process.Error));

    /// <summary>Waits until one of these nodes has said something.</summary>
    public Task SaysAsync(IEnumerable<int> nodes, string what) =>
        UntilAsync($"n{string.Join(" or n", nodes)} says '{what}'", () => nodes.Any(node => SaidBy(node).Contains(what, StringComparison.Ordinal)));

    /// <summary>How often a node lost its lease, since <see cref="ForgiveMutes"/> where that was called.</summary>
    public int MutesOf(int node) => AllMutesOf(node) - _forgiven[node - 1];

    /// <summary>What muted itself until now, was right to.</summary>
    public void ForgiveMutes()
    {
        foreach (var node in Nodes) _forgiven[node - 1] = AllMutesOf(node);
    }

    /// <summary>Asks a node on its management port, as arctl does.</summary>
    public async Task<JsonElement> AskAsync(int node, string command)
    {
        using var socket = _places[node - 1].Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        return await ManagementCall.SendAsync(socket, ManagementPort, command.Split(' '), _cancellation);
    }

    /// <summary>What is left of a node's lease, in ms; 0 when it has none, or does not answer.</summary>
    public async Task<double> LeaseLeftMsAsync(int node)
    {
        try
        {
            var left = (await AskAsync(node, "signal status")).GetProperty("fields").GetProperty("lease-left-ms");
            return left.ValueKind == JsonValueKind.Number ? left.GetDouble() : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Items the receivers have persisted.</summary>
    public async Task<long> ItemsAsync() => (await _journals.CountAsync(_flows, _cancellation)).Items;

    /// <summary>Waits until the receivers have so many items more than now, or all.</summary>
    public async Task UntilMoreItemsAsync(int more)
    {
        var enough = Math.Min(await ItemsAsync() + more, _lines);
        await UntilAsync($"receivers have {enough} items", async () => await ItemsAsync() >= enough);
    }

    /// <summary>Waits until something that the control log tells is so.</summary>
    public Task UntilAsync(string what, Func<bool> isSo) => UntilAsync(what, () => Task.FromResult(isSo()));

    /// <summary>Waits until something is so, and reads the control log before each look.</summary>
    /// <exception cref="TimeoutException">It did not come about; tells what the nodes and the control log say.</exception>
    public async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        for (var clock = Stopwatch.StartNew();; await Task.Delay(LookEvery, _cancellation))
        {
            await ReadLogAsync();
            if (await isSo()) return;
            if (clock.Elapsed > Patience) throw new TimeoutException($"not within {Patience.TotalSeconds} s: {what}\n{await DescribeAsync()}");
        }
    }

    /// <summary>Waits while a fault lasts.</summary>
    public Task LastAsync(TimeSpan time) => Task.Delay(time, _cancellation);

    /// <summary>Fails when any but these, and those of earlier calls, were declared lost, or muted themselves.</summary>
    public async Task RequireOnlyLostAsync(params int[] nodes)
    {
        _hit.UnionWith(nodes);
        await ReadLogAsync();
        var others = Nodes.Except(_hit).Where(node => MutesOf(node) > 0 || Lost.Any(lost => lost.Name == Name(node))).Select(Name).ToList();
        await RequireAsync(others.Count == 0, $"{string.Join(", ", others)} was lost or muted although nothing was done to it");
    }

    /// <summary>Lets the flows come to their end, stops the nodes in order, compares what the receivers persisted with the input, and judges what
    /// the clients were told.</summary>
    /// <exception cref="ScenarioFailedException">Something was lost, doubled, reordered, altered or accepted from a muted sender, no order
    /// explains what the clients were told, or a node that ran did not end in order.</exception>
    public async Task<Survived> FinishAsync()
    {
        var over = Stopwatch.GetTimestamp();
        await UntilAsync("every flow has come to its end", async () => (await _journals.CountAsync(_flows, _cancellation)).AllCompleted);
        await UntilAsync("all nodes are up", () => UpCount == _plan.Nodes);
        await UntilAsync("every register and counter answers", () => _clients.AllAnswerSince(over));
        var mutes = Nodes.Sum(AllMutesOf); // Nodes that leave mute themselves too.
        foreach (var process in _processes) process!.Signal("TERM");
        foreach (var node in Nodes)
        {
            var code = await Process(node).EndAsync();
            if (code != 0) await FailAsync($"n{node} ended with {code} instead of exit code 0");
        }
        await ReadLogAsync();
        await new ReceiverCheck(_journals, _flows, InputFile).RunAsync(FailAsync);
        var clients = _clients.Judge();
        if (clients.Wrong is not null) await FailAsync(clients.Wrong.Split('\n')[0]);
        var (data, signals) = (Network.Count(FrameClass.Data), Network.Count(FrameClass.Signal));
        return new(
            1, _lines, clients.Calls, clients.Keys, clients.Answered, Lost.Count(), mutes, _all.Count - _plan.Nodes, data.Lost + signals.Lost,
            data.Duplicated + signals.Duplicated, data.Reordered + signals.Reordered);
    }

    /// <exception cref="ScenarioFailedException">Always.</exception>
    public async Task FailAsync(string what) => throw new ScenarioFailedException($"{what}\n{await DescribeAsync()}");

    /// <summary>Fails unless something is so.</summary>
    public Task RequireAsync(bool isSo, string what) => isSo ? Task.CompletedTask : FailAsync(what);

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, process) in _all) await process.DisposeAsync();
        Network.Dispose();
        foreach (var place in _places) place.Dispose();
        await _store.DisposeAsync();
        await _journal.DisposeAsync();
        _disk?.Dispose();
        _directory.Dispose();
    }

    /// <summary>Nodes that lead shards of a unit type.</summary>
    private IEnumerable<NodeKey> Leaders(string type) =>
        View.Types.TryGetValue(type, out var known) ? known.Shards.Values.Select(shard => shard.Leader).OfType<NodeKey>().Distinct() : [];

    private int AllMutesOf(int node) => SaidBy(node).Split("Muted: the lease has run out").Length - 1;

    private string DataDirectory => _disk?.Path ?? _directory.Path;

    private string InputFile => _directory.File("input.txt");

    private string ConfigurationFile(int node) => _directory.File($"n{node}.conf");

    private string Line(int number) => $"{number} ".PadRight(_plan.LineBytes - 1, (char)('a' + (number % 26))) + "\n";

    private string Configuration(int node) => $$"""
        actor-runtime {
          remote { hostname = "{{Frame.Address(node)}}", port = {{Port}} }
          cluster {
            name = "n{{node}}", data-dir = "{{DataDirectory}}"
            signal-bind-address = "{{Frame.Address(node)}}", signal-port = {{Port}}
            signal { {{_plan.Signal}} }
            sharding { {{Durability}} }
            orchestrator { failback-after = 1s, rebalance-after = 100ms, rebalance-interval = 100ms, rebalance-batch = 100 }
          }
          management.port = {{ManagementPort}}
          node {
            control-log-file = "{{ControlLogFile}}", journal-file = "{{JournalFile}}", restarts-per-minute = 60
            flows-need-nodes = {{_plan.Nodes}}
            flows {
              {{string.Join("\n      ", _flows.Select((flow, i) => $$"""
              "{{flow}}" {
                source = "file-lines", source-settings { path = "{{InputFile}}", partition = {{i}}, partitions = {{_plan.Flows}} }
                senders = {{Math.Min(_plan.Nodes, 2)}}, failback = automatic, items-per-second = {{Math.Max(1, _plan.Rate / _plan.Flows)}}
              }
              """))}}
            }
          }
          {{_plan.More}}
        }
        """;

    private string Durability => _plan.Replicas == 0 ? "durability = journal"
        : $"durability = replicated, replication {{ replicas = {_plan.Replicas}, min-in-sync = {(_plan.Replicas / 2) + 1} }}";

    private async Task ReadLogAsync()
    {
        try
        {
            await _log.CatchUpAsync(_cancellation);
        }
        catch (StoreUnreachableException)
        {
            // The fault is at the store: what was read before counts until it is back.
        }
    }

    private async Task<string> DescribeAsync()
    {
        await ReadLogAsync();
        var log = _log.History.Entries.TakeLast(60).Select(row => $"{row.CommittedAt:mm:ss.fff} {row.Entry.Version} {row.Entry.Why}");
        var said = _all.Select(one => $"--- n{one.Node}, process {one.Process.Id}:\n{Tail(one.Process.Error, 40)}");
        var clients = _clients.Judge();
        var counted = $"seed {_seed}, {await ItemsAsync()} of {_lines} items, {clients.Answered} of {clients.Calls} calls answered";
        return $"{counted}\n{clients.Wrong}\n--- control log:\n{string.Join('\n', log)}\n{string.Join('\n', said)}";
    }

    private static string Tail(string text, int lines) => string.Join('\n', text.TrimEnd().Split('\n').TakeLast(lines));
}

/// <summary>A run did not end as every run must.</summary>
internal sealed class ScenarioFailedException(string message) : Exception(message);
