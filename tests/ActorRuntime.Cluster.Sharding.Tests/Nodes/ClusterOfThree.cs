using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Remote;
using ClusterExtension = ActorRuntime.Cluster.Cluster;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Three actor systems in this process that form a cluster over loopback, with one control log and one journal in memory.</summary>
internal sealed class ClusterOfThree : IAsyncDisposable
{
    private readonly InMemoryControlLog _log = new(new ControlLogIdentity(1, new byte[32]), TimeProvider.System);
    private readonly InMemorySnapshotStore _snapshots = new();

    private ClusterOfThree() { }

    public InMemoryJournal Journal { get; } = new();

    public List<Node> Nodes { get; } = [];

    public static async Task<ClusterOfThree> StartAsync(Action<Node> start)
    {
        var cluster = new ClusterOfThree();
        for (var i = 0; i < 3; i++) cluster.Nodes.Add(cluster.StartNode($"n{i}"));
        foreach (var node in cluster.Nodes) await node.Cluster.WhenUp.WaitAsync(TimeSpan.FromSeconds(30));
        foreach (var node in cluster.Nodes) start(node);
        return cluster;
    }

    public Node StartNode(string name)
    {
        var environment = new FreezableEnvironment();
        var options = new ClusterOptions
        {
            Name = name, SignalBindAddress = "127.0.0.1",
            // Longer than the defaults: test runs share the processors, and a false alarm would end a node here. Between the end of a lease and the loss lies
            // the time that a muted actor has for being told.
            Signal = new SignalOptions
            {
                FaultInjection = true, Lease = TimeSpan.FromMilliseconds(1500), LossAfter = TimeSpan.FromMilliseconds(3500),
            },
            Orchestrator = new OrchestratorOptions { FailbackAfter = TimeSpan.FromMilliseconds(500), RebalanceAfter = TimeSpan.FromMilliseconds(500) },
        };
        var system = ActorSystem.Create("three", ActorSystemSetup.Create(
                new EnvironmentSetup(environment),
                PersistenceSetup.Create().WithJournal(_ => new Shared(Journal)).WithSnapshotStore(_ => _snapshots))
            .WithCluster(new ClusterSetup(new InMemoryControlLogStore(_log), options), new RemoteOptions()));
        return new Node(name, system, environment, ClusterExtension.Get(system));
    }

    public Node Leader(string type, string shard)
    {
        var leader = Nodes.MaxBy(node => node.Cluster.View.Version)!.Cluster.View.Types[type].Shards[shard].Leader;
        return Nodes.Single(node => node.Cluster.SelfKey == leader);
    }

    /// <summary>Ten shards are spread over three nodes, and every node knows: nothing moves any more.</summary>
    public Task SettledAsync(string type) => UntilAsync(
        () => Nodes.All(node => node.Cluster.View.Types.GetValueOrDefault(type) is { } known
            && known.Shards.Values.All(shard => shard.Leader is not null)
            && known.Shards.Values.GroupBy(shard => shard.Leader).Count(led => led.Count() >= 3) == 3),
        "the shards are spread over three nodes");

    /// <summary>What every node believes, for failures.</summary>
    public string Describe() => string.Join('\n', Nodes.Select(node =>
        $"{node.Cluster.SelfKey}: view {node.Cluster.View.Version}, open {node.Cluster.MuteSwitch.IsOpen}, "
        + string.Join(", ", node.Cluster.View.Members.Values.Select(member => $"{member.Key} {member.Status}")) + "; "
        + string.Join(", ", node.Cluster.View.Types.Values.SelectMany(type => type.Shards.Select(shard => $"{type.Name}/{shard.Key}@{shard.Value.Leader?.Name}:{shard.Value.Term}")))
        + $"; buffered {ClusterSharding.Get(node.System).Counters.Buffered}, dropped {ClusterSharding.Get(node.System).Counters.Dropped}"));

    /// <summary>Waits for a condition; a failure names it.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, double seconds = 60)
    {
        for (var end = DateTime.UtcNow.AddSeconds(seconds); DateTime.UtcNow < end; await Task.Delay(10))
            if (condition()) return;
        Assert.Fail($"not within {seconds} s: {what}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) node.Environment.Freeze(false);
        await Task.WhenAll(Nodes.Select(node => node.System.Terminate())).WaitAsync(TimeSpan.FromMinutes(1));
        await _snapshots.DisposeAsync();
    }

    internal sealed record Node(string Name, ActorSystem System, FreezableEnvironment Environment, ClusterExtension Cluster)
    {
        /// <summary>Nothing of the node runs and nothing of it is heard.</summary>
        public async Task FreezeAsync()
        {
            var blocked = await Cluster.Heartbeat.Ask<SignalsBlocked>(new BlockSignals(true), TimeSpan.FromSeconds(30));
            Assert.True(blocked.IsAllowed);
            Environment.Freeze(true);
        }
    }

    /// <summary>A journal that several systems use; none of them closes it.</summary>
    private sealed class Shared(IJournal journal) : IJournal
    {
        public Task OpenAsync(CancellationToken cancellationToken) => journal.OpenAsync(cancellationToken);

        public Task<long> RaiseFenceAsync(WriterFence fence, CancellationToken cancellationToken) => journal.RaiseFenceAsync(fence, cancellationToken);

        public Task AppendAsync(IReadOnlyList<JournalEvent> events) => journal.AppendAsync(events);

        public Task<long> AppendCommittedAsync(WriterFence fence, long afterHeight, CommittedBlocks blocks) =>
            journal.AppendCommittedAsync(fence, afterHeight, blocks);

        public IAsyncEnumerable<JournalEvent> ReadAsync(
            string persistenceId, long fromSequenceNr, long toSequenceNr, CancellationToken cancellationToken) =>
            journal.ReadAsync(persistenceId, fromSequenceNr, toSequenceNr, cancellationToken);

        public Task<long> ReadHighestSequenceNrAsync(string persistenceId, CancellationToken cancellationToken) =>
            journal.ReadHighestSequenceNrAsync(persistenceId, cancellationToken);

        public Task DeleteAsync(WriterFence writer, string persistenceId, long toSequenceNr) =>
            journal.DeleteAsync(writer, persistenceId, toSequenceNr);

        public Task<IReadOnlyList<string>> ReadPersistenceIdsAsync(string afterId, int max, CancellationToken cancellationToken) =>
            journal.ReadPersistenceIdsAsync(afterId, max, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
