using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.Cluster.Tests.Membership;

/// <summary>Several nodes in this process: real sockets, real lock files, one control log in memory.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<TestNode> _nodes = [];

    public InMemoryControlLog Log { get; } =
        new(new ControlLogIdentity(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), RandomNumberGenerator.GetBytes(32)), TimeProvider.System);

    /// <summary>Longer than other tests keep this machine from scheduling a thread.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence of the store after which a node leaves deciding to others. The store in memory is away only when a test says so; its answers
    /// come over the pool, and may take their time.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("actor-runtime-cluster").FullName;

    public TestNode Start(string name, Func<ClusterOptions, ClusterOptions>? change = null)
    {
        var node = new TestNode(this, name, change ?? (options => options));
        _nodes.Add(node);
        return node;
    }

    public async Task<TestNode[]> StartUpAsync(params string[] names)
    {
        var nodes = new List<TestNode>();
        foreach (var name in names)
        {
            var node = Start(name);
            await node.Cluster.WhenUp.WaitAsync(TestNode.Patience);
            nodes.Add(node);
        }
        return [.. nodes];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.AbortAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

internal sealed class TestNode
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LineLog _log;

    public TestNode(TestCluster cluster, string name, Func<ClusterOptions, ClusterOptions> change)
    {
        _log = new LineLog(name);
        Store = new InMemoryControlLogStore(cluster.Log);
        var options = change(new ClusterOptions
        {
            Name = name,
            DataDir = cluster.Directory,
            SignalBindAddress = "127.0.0.1",
            ControlLog = new LogOptions { PollInterval = TimeSpan.FromMilliseconds(50), StoreTimeout = cluster.StoreTimeout, ProposeTimeout = Patience },
            // The first in order decides, however busy the machine is.
            Orchestrator = new OrchestratorOptions
            {
                ElectionDelay = TimeSpan.FromSeconds(5), FailbackAfter = TimeSpan.FromMilliseconds(200),
                RebalanceAfter = TimeSpan.Zero, RebalanceInterval = TimeSpan.FromMilliseconds(100),
            },
            Signal = new SignalOptions { Interval = TimeSpan.FromMilliseconds(50), Lease = cluster.Lease, LossAfter = cluster.Lease * 1.2, FaultInjection = true },
        });
        var setup = ActorSystemSetup.Create(new LoggerSetup(_log)).WithCluster(new ClusterSetup(Store, options));
        System = ActorSystem.Create("test", setup);
        Cluster = Cluster.Get(System);
    }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    public InMemoryControlLogStore Store { get; }

    public NodeKey Key => Cluster.SelfKey;

    public ClusterView View => Cluster.View;

    public IEnumerable<string> Lines => _log.Lines;

    /// <summary>Ends as a killed process does: without leaving; sockets close and the lock is free.</summary>
    public Task AbortAsync()
    {
        _ = CoordinatedShutdown.Get(System).Run(new Abort(), CoordinatedShutdown.PhaseActorSystemTerminate);
        return System.WhenTerminated.WaitAsync(Patience);
    }

    public async Task UntilAsync(Func<ClusterView, bool> holds, string what)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!holds(View))
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience)
            {
                var members = View.Members.Values.Select(m => $"{m.Key} {m.Status} {m.ObserverSets.Length}");
                Assert.Fail($"{Key} never saw: {what}\n{string.Join('\n', members)}\n{string.Join('\n', _log.Lines.TakeLast(40))}");
            }
            await Task.Delay(5);
        }
    }

    public Task UntilUpAsync(params NodeKey[] nodes) => UntilAsync(
        view => nodes.All(node => view.Find(node) is { Status: MemberStatus.Up }) && view.Members.Count == nodes.Length, $"{string.Join(", ", nodes)} up, nobody else");

    private sealed class Abort : CoordinatedShutdown.Reason;

    private sealed class LineLog(string node) : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{DateTime.Now:HH:mm:ss.fff} {node} {logLevel} {formatter(state, exception)} {exception}");
    }
}
