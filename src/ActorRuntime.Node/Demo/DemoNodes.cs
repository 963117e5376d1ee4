using ActorRuntime.Node.Processes;

namespace ActorRuntime.Node.Demo;

/// <summary>The node processes of a run.</summary>
internal sealed class DemoNodes(NodeLauncher launcher, IReadOnlyList<DemoNode> nodes) : IAsyncDisposable
{
    /// <summary>Longest wait for an orderly end before force is used.</summary>
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, NodeProcess> _running = [];
    private readonly List<NodeProcess> _all = [];

    public IReadOnlyList<DemoNode> Nodes => nodes;

    public DemoNode Find(string name) => nodes.Single(node => node.Name == name);

    public NodeProcess Process(string name) => _running[name];

    public async Task StartAllAsync()
    {
        foreach (var node in nodes) await StartAsync(node.Name).ConfigureAwait(false);
    }

    /// <summary>Starts the process of a node, again where it ran before.</summary>
    public async Task StartAsync(string name)
    {
        var node = Find(name);
        var process = await launcher.StartAsync(name, node.LogFile, "run", "--config", node.ConfigurationFile, "--end-with-parent")
            .ConfigureAwait(false);
        _running[name] = process;
        _all.Add(process);
    }

    /// <summary>A process that ended although nothing was done to it; null while there is none.</summary>
    /// <param name="except">The node that the fault hit.</param>
    public NodeProcess? FindUnexpectedEnd(string? except) =>
        _running.Values.FirstOrDefault(process => process.HasExited && process.Name != except);

    /// <summary>Asks all to leave and waits; whoever does not is ended by force and shows no exit code.</summary>
    /// <param name="incarnations">By name, from the control log.</param>
    public async Task<IReadOnlyList<NodeReport>> StopInOrderAsync(
        Func<string, int> incarnations, CancellationToken cancellationToken)
    {
        var reports = new List<NodeReport>();
        foreach (var node in nodes) _running[node.Name].Send(ProcessSignal.Terminate);
        foreach (var process in nodes.Select(node => _running[node.Name]))
        {
            var ended = await process.WaitForExitAsync(StopMax, cancellationToken).ConfigureAwait(false);
            reports.Add(new(process.Name, process.Id, incarnations(process.Name), ended ? process.ExitCode : null));
        }
        return reports;
    }

    /// <summary>Ends by force what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _all) await process.DisposeAsync().ConfigureAwait(false);
    }
}
