using ActorRuntime.Node.Hosting;
using ActorRuntime.Util;

namespace ActorRuntime.Node.Demo;

/// <summary>What goes wrong about a third of the way through.</summary>
internal enum Fault
{
    /// <summary><c>kill -9</c> of the node with the most active senders.</summary>
    Kill,

    /// <summary><c>SIGSTOP</c>, later <c>SIGCONT</c>, of the same node: the zombie.</summary>
    Freeze,

    /// <summary><c>SIGTERM</c>: an orderly stop.</summary>
    Stop,

    /// <summary><c>kill -9</c> of the node that decides.</summary>
    Orchestrator,

    /// <summary>Only the signal channel is lost; the data channel stays open.</summary>
    Signal,

    /// <summary>Nothing goes wrong.</summary>
    None,
}

/// <summary>What the demonstration was asked to do. Options of the command line <c>demo</c>.</summary>
internal sealed record DemoOptions
{
    public const int NodesMax = 9;
    public const int FlowsMax = 64;

    /// <summary>With no rate given the input takes about this long.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(20);

    /// <summary>Lines of text; null takes the data set that ships with the executable.</summary>
    public string? Input { get; init; }

    /// <summary>Items per second over all flows; null derives it from <see cref="DefaultDuration"/>.</summary>
    public int? Rate { get; init; }

    /// <summary>1 to <see cref="FlowsMax"/>; the lines of the input are dealt out over them.</summary>
    public int Flows { get; init; } = 4;

    /// <summary>1 to <see cref="NodesMax"/> processes.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Logs of each shard; 0 keeps events in the shared journal alone. Null: one for each node, at most 3.</summary>
    public int? Replicas { get; init; }

    /// <summary>Logs of each shard; 0 for none.</summary>
    public int ReplicaCount => Replicas ?? Math.Min(Nodes, 3);

    public Fault Fault { get; init; } = Fault.Kill;

    /// <summary>The lost node comes back under its name.</summary>
    public bool Restart { get; init; }

    /// <summary>One JSON object on the last line of standard output.</summary>
    public bool Json { get; init; }

    /// <summary>The directory stays.</summary>
    public bool Keep { get; init; }

    /// <summary>The nodes stay up until Ctrl-C once the input is through.</summary>
    public bool Hold { get; init; }

    /// <summary>Where configurations, logs and the store go; null takes a fresh temporary directory.</summary>
    public string? Directory { get; init; }

    /// <summary>Which database the nodes share.</summary>
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>Npgsql's, of the server of <see cref="StoreKind.Postgres"/>; null for files.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>How long a frozen node sleeps and a blocked signal channel stays blocked.</summary>
    public TimeSpan FaultDuration { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest stretch without any new item before the run is given up as failed.</summary>
    public TimeSpan StallMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Stops on every impossible value at once.</summary>
    /// <exception cref="OptionsException">One line per breach.</exception>
    public DemoOptions Validated()
    {
        var breaches = new List<string>();
        Require(Nodes is >= 1 and <= NodesMax, $"--nodes {Nodes}: from 1 to {NodesMax}");
        Require(ReplicaCount >= 0 && ReplicaCount <= Nodes, $"--replicas {Replicas}: from 0 to the number of nodes, {Nodes}");
        Require(Flows is >= 1 and <= FlowsMax, $"--flows {Flows}: from 1 to {FlowsMax}");
        Require(Rate is null or >= 1, $"--rate {Rate}: at least 1 item per second");
        Require(FaultDuration > TimeSpan.Zero, $"--fault-duration {FaultDuration.TotalSeconds} s: more than 0");
        Require(StallMax >= TimeSpan.FromSeconds(1), $"--stall {StallMax.TotalSeconds} s: at least 1 s");
        Require(Nodes > 1 || Fault is Fault.None, $"--fault {FaultName}: a single node has nobody to take over; use --nodes 2 or more");
        Require(!Restart || Fault is Fault.Kill or Fault.Stop or Fault.Orchestrator,
            $"--restart: with --fault {FaultName} no process ends, so none can be started again");
        Require(Store == StoreKind.Postgres == ConnectionString is not null,
            $"--store {Store.ToString().ToLowerInvariant()}: postgres needs a server in --connection-string or {DemoStore.ConnectionVariable}, sqlite none");
        Require(Input is null || File.Exists(Input), $"--input {Input}: no such file");
        Require(Directory is null || !System.IO.Directory.Exists(Directory) || IsEmpty(Directory),
            $"--directory {Directory}: exists and is not empty; nothing in it is overwritten");
        if (breaches.Count > 0) throw new OptionsException(breaches);
        return this;

        void Require(bool holds, string breach)
        {
            if (!holds) breaches.Add(breach);
        }
    }

    /// <summary>The fault as it is written on the command line.</summary>
    public string FaultName => Fault.ToString().ToLowerInvariant();

    /// <summary>Items per second for an input of this many items.</summary>
    public int RateFor(long items) => Rate ?? (int)Math.Clamp(items / (long)DefaultDuration.TotalSeconds, 1, int.MaxValue);

    private static bool IsEmpty(string directory) => !System.IO.Directory.EnumerateFileSystemEntries(directory).Any();
}
