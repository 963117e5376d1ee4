using System.Collections.Concurrent;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.Tools.Singleton;
using ActorRuntime.Persistence;

namespace ActorRuntime.Cluster.Tools.Tests.Singleton;

/// <summary>
/// Goal: of a singleton never a second instance acts before the first is muted.
/// Method: three systems with real signals, connections and a real orchestrator; the singleton writes its node into a list every few
/// milliseconds, unasked. Whatever happens to nodes, the list must be one run for each node that had it. A process that is stopped and
/// wakes may act once more before it knows, and write down what the journal took before: there the journal is the list.
/// </summary>
public sealed class ClusterSingletonTests
{
    private const string Name = "clerk";
    private const double Patience = 60;

    [Fact, Trait("Requirement", "AR-3"), Trait("Requirement", "AR-5")]
    public async Task A_frozen_node_loses_it_and_stores_nothing_when_it_wakes()
    {
        var book = new Book();
        await using var cluster = await ClusterOfThree.StartAsync(node => Init(node, book, durable: true));
        var owner = await OwnerAsync(cluster, book);
        await owner.FreezeAsync();
        var next = await OwnerAsync(cluster, book, not: owner);

        // What was in its mailbox before the pause may run before anybody sees that the lease is over: the fence stops its effects.
        owner.Environment.Freeze(false);
        await ClusterOfThree.UntilAsync(() => !owner.Cluster.MuteSwitch.IsOpen, "the node that wakes is muted", Patience);
        await book.MoreAsync(20);
        Assert.NotEqual(owner, next);
        var terms = new List<long>();
        await foreach (var stored in cluster.Journal.ReadAsync(DurableClerk.Id, 1, long.MaxValue, default)) terms.Add(stored.Writer.Term);
        Assert.Equal(terms.Order(), terms);
        Assert.Equal(2, terms.Distinct().Count());
    }

    [Fact, Trait("Requirement", "AR-3"), Trait("Requirement", "AR-5")]
    public async Task A_node_that_is_not_heard_stops_acting_before_another_begins()
    {
        var book = new Book();
        await using var cluster = await ClusterOfThree.StartAsync(node => Init(node, book));
        var owner = await OwnerAsync(cluster, book);
        var blocked = await owner.Cluster.Heartbeat.Ask<SignalsBlocked>(new BlockSignals(true), TimeSpan.FromSeconds(Patience));
        Assert.True(blocked.IsAllowed);
        var next = await OwnerAsync(cluster, book, not: owner);
        await book.MoreAsync(20);
        Assert.Equal([owner.Name, next.Name], book.Runs());
    }

    [Fact, Trait("Requirement", "AR-3")]
    public async Task A_node_that_leaves_hands_it_over_and_proxies_find_it()
    {
        var book = new Book();
        await using var cluster = await ClusterOfThree.StartAsync(node => Init(node, book));
        var owner = await OwnerAsync(cluster, book);
        await owner.Cluster.LeaveAsync().WaitAsync(TimeSpan.FromSeconds(Patience));
        var next = await OwnerAsync(cluster, book, not: owner);
        Assert.Contains($"{owner.Name} was told to stop", book.Notes);
        Assert.Equal([owner.Name, next.Name], book.Runs());
        foreach (var node in cluster.Nodes.Where(node => node != owner))
            Assert.Equal(next.Name, await Init(node, book).Ask<string>("who", TimeSpan.FromSeconds(Patience)));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public async Task Only_nodes_with_the_role_run_it_and_all_reach_it()
    {
        var book = new Book();
        await using var cluster = await ClusterOfThree.StartAsync(node => Init(node, book, role: node.Name == "n2" ? null : "nobody-has-it"));
        var owner = await OwnerAsync(cluster, book);
        Assert.Equal("n2", owner.Name);
        foreach (var node in cluster.Nodes)
            Assert.Equal("n2", await Init(node, book).Ask<string>("who", TimeSpan.FromSeconds(Patience)));
    }

    private static IActorRef Init(ClusterOfThree.Node node, Book book, string? role = null, bool durable = false)
    {
        var props = durable ? Props.CreateBy(() => new DurableClerk(node.Name, book)) : Props.CreateBy(() => new Clerk(node.Name, book));
        var singleton = SingletonActor.Create(props, Name).WithStopMessage("stop")
            .WithSettings(ClusterSingletonSettings.Create(node.System).WithRole(role));
        return ClusterSingleton.Get(node.System).Init(singleton);
    }

    /// <summary>The node whose singleton acts now.</summary>
    private static async Task<ClusterOfThree.Node> OwnerAsync(ClusterOfThree cluster, Book book, ClusterOfThree.Node? not = null)
    {
        await ClusterOfThree.UntilAsync(() => book.Last is { } name && name != not?.Name, $"another than {not?.Name} acts", Patience);
        return cluster.Nodes.Single(node => node.Name == book.Last);
    }

    private sealed class Book
    {
        private readonly ConcurrentQueue<string> _entries = [];

        public ConcurrentQueue<string> Notes { get; } = [];

        public string? Last { get; private set; }

        public void Write(string node)
        {
            _entries.Enqueue(node);
            Last = node;
        }

        public Task MoreAsync(int entries)
        {
            var count = _entries.Count + entries;
            return ClusterOfThree.UntilAsync(() => _entries.Count >= count, $"{entries} more entries", Patience);
        }

        /// <summary>The nodes in the order of the entries, equal neighbours taken together.</summary>
        public string[] Runs()
        {
            var runs = new List<string>();
            foreach (var node in _entries)
                if (runs.Count == 0 || runs[^1] != node) runs.Add(node);
            return [.. runs];
        }
    }

    /// <summary>Writes into the book what the journal has taken, as soon as it hears of it.</summary>
    private sealed class DurableClerk : ReceivePersistentActor, IWithTimers
    {
        public const string Id = "clerk";

        public DurableClerk(string node, Book book)
        {
            Recover<string>(_ => { });
            Recover<RecoveryCompleted>(_ => Timers.StartPeriodicTimer("write", "write", TimeSpan.FromMilliseconds(10)));
            Command<string>(text => Persist(text, _ => book.Write(node)));
        }

        public override string PersistenceId => Id;

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class Clerk : ReceiveActor, IWithTimers
    {
        public Clerk(string node, Book book)
        {
            Receive<string>(text => text == "who", _ => Sender.Tell(node));
            Receive<string>(text => text == "write", _ => book.Write(node));
            Receive<string>(text => text == "stop", _ =>
            {
                book.Notes.Enqueue($"{node} was told to stop");
                Context.Stop(Self);
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("write", "write", TimeSpan.FromMilliseconds(10));
    }
}
