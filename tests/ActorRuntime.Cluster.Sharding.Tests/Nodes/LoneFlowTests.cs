using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Flows.Sources;
using ActorRuntime.Cluster.Sharding.Flows.Units;
using ActorRuntime.Cluster.Sharding.Tests.Flows;
using FlowsExtension = ActorRuntime.Cluster.Sharding.Flows.Units.Flows;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Sender and receiver units as actors on one node, under virtual time.</summary>
public sealed class LoneFlowTests : IDisposable
{
    private const int Items = 500;
    private static readonly FlowSettings Settings = new() { Source = "numbers", ItemsPerSecond = 100, BatchItems = 5 };

    private readonly LoneNode _node = new();
    private readonly FlowsExtension _flows;

    public LoneFlowTests()
    {
        _flows = FlowsExtension.Get(_node.System);
        _flows.RegisterSource("numbers", _ => new Numbers(Items));
        _flows.Start();
    }

    public void Dispose() => _node.Dispose();

    [Fact, Trait("Requirement", "CL-8")]
    public async Task A_flow_runs_by_itself_from_the_flow_table_to_its_end()
    {
        _node.Cluster.LeadFlow("f", Settings);
        _node.Environment.Advance(TimeSpan.FromSeconds(2));
        var half = Status();
        Assert.InRange(half.Position, 190, 215);
        Assert.Null(half.CompletedAtMs);
        _node.Environment.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(Items, Status().Position);
        Assert.NotNull(Status().CompletedAtMs);
        FlowJournalCheck.Check(await JournalAsync(), Items);
    }

    [Fact, Trait("Requirement", "CL-7"), Trait("Requirement", "CL-6")]
    public async Task A_switch_starts_the_other_sender_where_the_receiver_stands_and_silences_the_first()
    {
        _node.Cluster.LeadFlow("f", Settings);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        _node.Cluster.SwitchFlow("f", 1);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Status().Sender);
        var reports = Reports();
        Assert.Equal(("idle", "streaming"), (reports[0]!.Phase, reports[1]!.Phase));
        Assert.StartsWith("muted", reports[0]!.Waits, StringComparison.Ordinal);

        _node.Cluster.SwitchFlow("f", 0);
        _node.Environment.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Status().Sender);
        FlowJournalCheck.Check(await JournalAsync(), Items);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public async Task A_closed_mute_switch_stops_the_flow_and_nothing_is_lost()
    {
        _node.Cluster.LeadFlow("f", Settings);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        _node.Cluster.Switch(false);
        _node.Environment.RunUntilIdle();
        var stored = (await JournalAsync()).Count;
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(stored, (await JournalAsync()).Count);

        _node.Cluster.Switch(true);
        _node.Environment.Advance(TimeSpan.FromSeconds(10));
        FlowJournalCheck.Check(await JournalAsync(), Items);
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void What_a_zombie_sends_is_refused_and_the_refusals_are_persisted()
    {
        _node.Cluster.LeadFlow("f", Settings);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        var old = _node.Cluster.View.Flows["f"].Term;
        _node.Cluster.SwitchFlow("f", 1);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));

        var zombie = new FlowMessage.Items("f", new FlowFence(old, old, 1), 0, Status().Position + 1, [new FlowItem(400, new byte[1]), new FlowItem(401, new byte[1])]);
        var answer = _node.Ask<FlowMessage.Refused>(_flows.ReceiverRegion(_node.Cluster.View.Flows["f"]), new ShardingEnvelope("f", zombie))!;
        Assert.Equal(FlowRefusal.Muted, answer.Why);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 2), (Status().RefusedMessages, Status().RefusedItems));
    }

    [Fact]
    public async Task A_receiver_that_restarts_goes_on_from_its_snapshot_and_events()
    {
        _node.Cluster.LeadFlow("f", Settings with { BatchItems = 1 }); // a snapshot after 200 events
        _node.Environment.Advance(TimeSpan.FromSeconds(3));
        var before = Status();
        var region = _flows.ReceiverRegion(_node.Cluster.View.Flows["f"]);
        var unit = _node.Ask<EntityLocation>(region, new GetEntityLocation("f", TimeSpan.FromSeconds(1)))!.EntityRef.Value;
        unit.Tell(Kill.Instance);
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Status().Position > before.Position);
        _node.Environment.Advance(TimeSpan.FromSeconds(5));

        var journal = await JournalAsync();
        FlowJournalCheck.Check(journal, Items);
        var replayed = journal.Aggregate(FlowReceiverState.Empty, (state, fact) => state.Apply(fact));
        Assert.Equal(Status().Chain, Convert.ToHexStringLower(replayed.Chain.AsSpan()));
    }

    [Fact]
    public void A_source_that_cannot_be_read_is_told_and_tried_again()
    {
        var isBroken = true;
        _flows.RegisterSource("fragile", _ => new Numbers(Items, () => isBroken));
        _node.Cluster.LeadFlow("f", Settings with { Source = "fragile" });
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("told to fail", Reports()[0]!.Waits, StringComparison.Ordinal);

        isBroken = false;
        _node.Environment.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(Items, Status().Position);
    }

    private FlowStatus Status()
    {
        var answer = _flows.StatusAsync("f", TimeSpan.FromMinutes(10));
        return Completed(answer);
    }

    private ImmutableArray<SenderReport?> Reports() => Completed(_flows.SendersAsync("f", TimeSpan.FromMinutes(10)));

    private T Completed<T>(Task<T> task)
    {
        Assert.True(_node.Environment.RunUntil(() => task.IsCompleted, TimeSpan.FromSeconds(1)));
#pragma warning disable xUnit1031 // It is completed.
        return task.Result;
#pragma warning restore xUnit1031
    }

    private async Task<List<FlowEvent>> JournalAsync()
    {
        var events = new List<FlowEvent>();
        await foreach (var fact in FlowJournal.ReadAsync(_node.Journal, FlowUnits.PersistenceId(FlowUnits.Receiver("f")), "f")) events.Add(fact);
        return events;
    }

    /// <summary>Numbers as items; ends after so many.</summary>
    private sealed class Numbers(int count, Func<bool>? isBroken = null) : IFlowSource
    {
        public ValueTask<FlowRead> ReadAsync(long offset, int itemsMax, int bytesMax, CancellationToken cancellationToken)
        {
            if (isBroken?.Invoke() == true) throw new FlowSourceException("told to fail");
            var items = Enumerable.Range((int)offset, (int)Math.Min(itemsMax, count - offset))
                .Select(i => new FlowItem(i, BitConverter.GetBytes(i))).ToArray();
            var next = offset + items.Length;
            return ValueTask.FromResult(new FlowRead(items, next, next >= count));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
