using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.Sharding.Tests.Flows;
using ActorRuntime.Cluster.View;
using FlowsExtension = ActorRuntime.Cluster.Sharding.Flows.Units.Flows;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Sharding and flows over three systems with real signals, real connections and a real orchestrator.</summary>
public sealed class ClusterShardingTests : IDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);
    private readonly string _input = Path.GetTempFileName();

    public void Dispose() => File.Delete(_input);

    [Fact, Trait("Requirement", "AR-3"), Trait("Requirement", "AR-5")]
    public async Task Units_are_reached_from_every_node_and_recover_elsewhere_when_their_node_freezes()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => Region(node));
        await cluster.SettledAsync(Counter.Type);
        for (var i = 0; i < 30; i++)
            Assert.Equal(i, (await AskAsync(cluster, cluster.Nodes[i % 3], $"u{i}", new Add(i))).Value);
        var lost = cluster.Nodes[1];
        await lost.FreezeAsync();
        for (var i = 0; i < 30; i++)
        {
            var id = $"u{i}";
            // What is sent to a node before the sender's own view knows that it is lost, is lost with it.
            var asked = cluster.Nodes[i % 2 * 2];
            await ClusterOfThree.UntilAsync(() => LeaderOf(id, asked) != lost.Cluster.SelfKey, $"{id} is led by a healthy node");
            Assert.Equal(i + 1, (await AskAsync(cluster, asked, id, new Add(1))).Value);
        }
    }

    [Fact, Trait("Requirement", "CL-6"), Trait("Requirement", "AR-5")]
    public async Task A_frozen_node_that_wakes_serves_nothing_and_writes_nothing()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => Region(node));
        await cluster.SettledAsync(Counter.Type);
        await AskAsync(cluster, cluster.Nodes[0], "a", new Add(1));
        var owner = cluster.Leader(Counter.Type, Counter.Extractor.ShardId("a"));
        var other = cluster.Nodes.First(node => node != owner);
        var unit = (await Region(owner).Ask<EntityLocation>(new GetEntityLocation("a", Wait))).EntityRef.Value;
        await owner.FreezeAsync();
        await ClusterOfThree.UntilAsync(() => LeaderOf("a", other) != owner.Cluster.SelfKey, "another node leads");
        Assert.Equal(3, (await AskAsync(cluster, other, "a", new Add(2))).Value);

        unit.Tell(new Add(1000)); // waits in the mailbox of the zombie
        owner.Environment.Freeze(false);
        await ClusterOfThree.UntilAsync(() => !owner.Cluster.MuteSwitch.IsOpen, "the zombie is muted");
        Assert.Equal(4, (await AskAsync(cluster, other, "a", new Add(1))).Value);
        var stored = new List<long>();
        await foreach (var fact in cluster.Journal.ReadAsync("counter/a", 1, long.MaxValue, default)) stored.Add(fact.Writer.Term);
        Assert.Equal(3, stored.Count);
        Assert.Equal(stored.Order(), stored);
    }

    [Fact, Trait("Requirement", "CL-7"), Trait("Requirement", "CL-10")]
    public async Task A_flow_survives_the_loss_of_its_sender_byte_for_byte()
    {
        var lines = Enumerable.Range(0, 3000).Select(i => $"line {i} {new string('x', i % 50)}\r\n").ToArray();
        await File.WriteAllTextAsync(_input, string.Concat(lines));
        await using var cluster = await ClusterOfThree.StartAsync(node => FlowsExtension.Get(node.System).Start());
        var flows = FlowsExtension.Get(cluster.Nodes[0].System);
        await ClusterOfThree.UntilAsync(
            () => cluster.Nodes[0].Cluster.View.Types.GetValueOrDefault(FlowUnits.SenderType)?.Hosts.Length == 3, "senders can run");
        var settings = new FlowSettings { Source = FileLinesFlowSource.Name, ItemsPerSecond = 600 };
        settings = settings with { SourceSettings = settings.SourceSettings.Add("path", _input) };
        await flows.DefineAsync("f", 2, FailbackPolicy.Automatic, settings);
        await ClusterOfThree.UntilAsync(() => Flow(cluster)?.Active == 0, "the first sender is active");

        var sender = cluster.Leader(FlowUnits.SenderType, "f-0");
        await UntilPositionAsync(flows, 300);
        await sender.FreezeAsync();
        var healthy = cluster.Nodes.First(node => node != sender);
        await ClusterOfThree.UntilAsync(() => healthy.Cluster.View.Flows["f"].Active is not 0, "another sender is active");
        await UntilCompletedAsync(FlowsExtension.Get(healthy.System));

        var journal = await JournalAsync(cluster, "f");
        FlowJournalCheck.Check(journal, lines.Length);
        Assert.Equal(string.Concat(lines), string.Concat(journal.OfType<FlowEvent.ItemsApplied>().SelectMany(fact => fact.Batch)
            .Select(item => System.Text.Encoding.UTF8.GetString(item.Bytes.Span))));
    }

    [Fact, Trait("Requirement", "CL-11")]
    public async Task A_node_that_leaves_hands_its_units_over()
    {
        await using var cluster = await ClusterOfThree.StartAsync(node => Region(node));
        await cluster.SettledAsync(Counter.Type);
        for (var i = 0; i < 20; i++) await AskAsync(cluster, cluster.Nodes[0], $"u{i}", new Add(i));
        await cluster.Nodes[1].Cluster.LeaveAsync().WaitAsync(Wait);
        // What is sent to a node that is gone, because the sender's view is older, is lost with it.
        await ClusterOfThree.UntilAsync(
            () => cluster.Nodes[2].Cluster.View.Find(cluster.Nodes[1].Cluster.SelfKey) is null, "the node asked knows who left");

        for (var i = 0; i < 20; i++) Assert.Equal(i, (await AskAsync(cluster, cluster.Nodes[2], $"u{i}", new GetSum())).Value);
    }

    private static IActorRef Region(ClusterOfThree.Node node) => ClusterSharding.Get(node.System).Start(
        Counter.Type, id => Props.CreateBy(() => new Counter(id)), ClusterShardingSettings.Create(node.System), Counter.Extractor);

    private static async Task<Sum> AskAsync(ClusterOfThree cluster, ClusterOfThree.Node node, string id, object message)
    {
        try
        {
            return await Region(node).Ask<Sum>(new ShardingEnvelope(id, message), Wait);
        }
        catch (AskTimeoutException e)
        {
            var shard = Counter.Extractor.ShardId(id);
            throw new AskTimeoutException($"{message} for {id} in shard {shard} by {node.Name}: {e.Message}\n{cluster.Describe()}");
        }
    }

    private static NodeKey? LeaderOf(string id, ClusterOfThree.Node seenBy) =>
        seenBy.Cluster.View.Types[Counter.Type].Shards[Counter.Extractor.ShardId(id)].Leader;

    private static FlowState? Flow(ClusterOfThree cluster) => cluster.Nodes[0].Cluster.View.Flows.GetValueOrDefault("f");

    private static async Task UntilPositionAsync(FlowsExtension flows, long position)
    {
        for (var end = DateTime.UtcNow + Wait; DateTime.UtcNow < end; await Task.Delay(20))
            if ((await flows.StatusAsync("f", Wait)).Position >= position) return;
        Assert.Fail($"position {position} not reached");
    }

    private static async Task UntilCompletedAsync(FlowsExtension flows)
    {
        FlowStatus? last = null;
        for (var end = DateTime.UtcNow + Wait; DateTime.UtcNow < end; await Task.Delay(20))
            if ((last = await flows.StatusAsync("f", Wait)).CompletedAtMs is not null) return;
        Assert.Fail($"not completed: {last}");
    }

    private static async Task<List<FlowEvent>> JournalAsync(ClusterOfThree cluster, string flow)
    {
        var events = new List<FlowEvent>();
        var id = FlowUnits.PersistenceId(FlowUnits.Receiver(flow));
        await foreach (var fact in FlowJournal.ReadAsync(cluster.Journal, id, flow)) events.Add(fact);
        return events;
    }
}
