using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Shards;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

public sealed class ShardRegionTests : IDisposable
{
    private readonly LoneNode _node = new(options: new ShardingOptions { BufferSize = 20 });

    public void Dispose() => _node.Dispose();

    [Fact, Trait("Requirement", "AR-3")]
    public void A_region_says_that_its_node_hosts_the_type()
    {
        _node.StartCounters();
        _node.Environment.RunUntilIdle();
        Assert.Empty(_node.Cluster.Proposals); // not a member yet

        _node.Cluster.Lead("other", 1);
        _node.Environment.RunUntilIdle();
        Assert.Equal(new ControlChange.UnitTypeHosted(_node.Cluster.Self, Counter.Type, 10), _node.Cluster.Proposals[0]);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Units_start_with_their_first_message_and_keep_their_state()
    {
        var region = Led();

        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        Assert.Equal(7, _node.Sum(region, "a", new Add(2)));
        Assert.Equal(1, _node.Sum(region, "größe & co/äß", new Add(1)));
        var state = _node.Ask<CurrentShardRegionState>(region, GetShardRegionState.Instance)!;
        Assert.Equal(["a", "größe & co/äß"], state.Shards.SelectMany(shard => shard.EntityIds).Order(StringComparer.Ordinal));
        Assert.All(state.Shards, shard => Assert.Equal(ShardPhase.Serving, shard.Phase));
    }

    [Fact]
    public void Messages_wait_for_the_placement()
    {
        var region = _node.StartCounters();
        var answer = region.Ask<Sum>(new ShardingEnvelope("a", new Add(5)), TimeSpan.FromMinutes(1));
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.False(answer.IsCompleted);

        _node.Cluster.Lead(Counter.Type, 10);
        Assert.True(_node.Environment.RunUntil(() => answer.IsCompletedSuccessfully, TimeSpan.FromSeconds(1)));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Nothing_is_served_before_the_gates_of_the_predecessors_are_clear_but_units_recover()
    {
        _node.Cluster.OpenGates(false);
        var region = _node.StartCounters();
        _node.Cluster.Lead(Counter.Type, 10, new NodeKey("before", 9));
        var answer = region.Ask<Sum>(new ShardingEnvelope("a", new GetSum()), TimeSpan.FromMinutes(1));
        _node.Environment.Advance(TimeSpan.FromSeconds(5));

        Assert.False(answer.IsCompleted);
        var state = _node.Ask<CurrentShardRegionState>(region, GetShardRegionState.Instance)!;
        var shard = Assert.Single(state.Shards, shard => shard.EntityIds.Count > 0);
        Assert.Equal((ShardPhase.Gated, 1), (shard.Phase, shard.Waiting));

        _node.Cluster.OpenGates(true);
        Assert.True(_node.Environment.RunUntil(() => answer.IsCompletedSuccessfully, TimeSpan.FromSeconds(1)));
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void Without_the_lease_units_handle_nothing_and_go_on_where_they_were_when_it_is_back()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        _node.Cluster.Switch(false);
        var answers = Enumerable.Range(0, 3).Select(_ => region.Ask<Sum>(new ShardingEnvelope("a", new Add(1)), TimeSpan.FromMinutes(1))).ToArray();
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);

        _node.Cluster.Switch(true);
        Assert.True(_node.Environment.RunUntil(() => answers.All(answer => answer.IsCompletedSuccessfully), TimeSpan.FromSeconds(1)));
        Assert.Equal(8, _node.Sum(region, "a", new GetSum()));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void What_was_already_in_a_units_mailbox_is_held_as_well()
    {
        var region = Led();
        Assert.Equal(0, _node.Sum(region, "a", new GetSum()));
        var unit = _node.Ask<EntityLocation>(region, new GetEntityLocation("a", TimeSpan.FromSeconds(1)))!.EntityRef.Value;
        _node.Cluster.Switch(false);
        _node.Environment.RunUntilIdle();
        var answer = unit.Ask<Sum>(new Add(1), TimeSpan.FromMinutes(1));
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.False(answer.IsCompleted);

        _node.Cluster.Switch(true);
        Assert.True(_node.Environment.RunUntil(() => answer.IsCompletedSuccessfully, TimeSpan.FromSeconds(1)));
    }

    [Fact, Trait("Requirement", "CL-6")]
    public void A_lapse_of_the_lease_that_nobody_noticed_delays_messages_and_keeps_none()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        _node.Cluster.SwitchUnnoticed(false); // A pause: the message is looked at before the echoes that bring the lease back.
        var answer = region.Ask<Sum>(new ShardingEnvelope("a", new Add(1)), TimeSpan.FromMinutes(1));
        _node.Environment.RunUntilIdle();
        Assert.False(answer.IsCompleted);

        _node.Cluster.SwitchUnnoticed(true);
        Assert.True(_node.Environment.RunUntil(() => answer.IsCompletedSuccessfully, TimeSpan.FromSeconds(1)));
        Assert.Equal(7, _node.Sum(region, "a", new Add(1)));
    }

    [Theory, Trait("Requirement", "AR-5")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_unit_says_nothing_before_it_may_whatever_it_does_when_it_starts(bool isPersistent, bool isGateShut)
    {
        using var probe = new TestProbe(_node.System);
        if (isGateShut) _node.Cluster.OpenGates(false);
        else _node.Cluster.Switch(false);
        var region = ClusterSharding.Get(_node.System).Start(
            Counter.Type, _ => isPersistent ? Props.CreateBy(() => new PersistentHerald(probe.Ref)) : Props.CreateBy(() => new Herald(probe.Ref)),
            ClusterShardingSettings.Create(_node.System), Counter.Extractor);
        _node.Cluster.Lead(Counter.Type, 10, new NodeKey("before", 9));
        region.Tell(new ShardingEnvelope("a", new GetSum()));
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        probe.ExpectNoMsg(TimeSpan.Zero);

        if (isGateShut) _node.Cluster.OpenGates(true);
        else _node.Cluster.Switch(true);
        _node.Environment.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("started", probe.ExpectMsg<string>());
        Assert.Equal("asked", probe.ExpectMsg<string>());
        Assert.Equal("timer", probe.ExpectMsg<string>());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_unit_that_waits_for_its_turn_ends_with_its_shard()
    {
        _node.Cluster.OpenGates(false);
        var region = _node.StartCounters();
        _node.Cluster.Lead(Counter.Type, 10, new NodeKey("before", 9));
        region.Tell(new ShardingEnvelope("a", new GetSum()));
        _node.Environment.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], Units(region));

        _node.Cluster.Lead(Counter.Type, 10);
        _node.Cluster.OpenGates(true);
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task A_write_refused_by_the_journal_stops_the_units_and_asks_for_the_view()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        var scope = $"{Counter.Type}/{Counter.Extractor.ShardId("a")}";
        await _node.Journal.RaiseFenceAsync(new WriterFence(scope, 99), default);

        Assert.Null(_node.Sum(region, "a", new Add(1)));
        Assert.NotEmpty(_node.Cluster.Pulls);
        Assert.Null(_node.Sum(region, "a", new GetSum())); // nothing is served until the view says who leads

        _node.Cluster.Know(_node.Cluster.View with { Version = 100 });
        _node.Cluster.Lead(Counter.Type, 10);
        Assert.Equal(5, _node.Sum(region, "a", new GetSum()));
        Assert.Equal(6, _node.Sum(region, "a", new Add(1)));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task A_shard_that_leads_has_closed_the_snapshots_to_lower_terms_too()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        var scope = $"{Counter.Type}/{Counter.Extractor.ShardId("a")}";
        var snapshots = Persistence.Persistence.Instance.Get(_node.System).SnapshotStore;

        var own = new WriterFence(scope, _node.Cluster.View.Version);
        var lower = own with { Term = own.Term - 1 };

        await Assert.ThrowsAsync<FencedException>(() => snapshots.DeleteAsync(lower, "a", Persistence.SnapshotSelectionCriteria.Latest));
        await Assert.ThrowsAsync<FencedException>(() => snapshots.RaiseFenceAsync(lower, default));
        await snapshots.DeleteAsync(own, "a", Persistence.SnapshotSelectionCriteria.Latest);
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Two_would_be_leaders_write_one_log()
    {
        using var other = new LoneNode(_node.Journal);
        var (first, second) = (Led(), other.StartCounters());
        Assert.Equal(5, _node.Sum(first, "a", new Add(5)));
        other.Cluster.Know(other.Cluster.View with { Version = 50 });
        other.Cluster.Lead(Counter.Type, 10); // the first node does not hear of it

        Assert.Equal(6, other.Sum(second, "a", new Add(1)));
        Assert.Null(_node.Sum(first, "a", new Add(100)));
        Assert.Equal(7, other.Sum(second, "a", new Add(1)));

        var terms = new List<long>();
        await foreach (var stored in _node.Journal.ReadAsync("counter/a", 1, long.MaxValue, default)) terms.Add(stored.Writer.Term);
        Assert.Equal([1, 51, 51], terms);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void An_idle_unit_is_passivated_and_comes_back_with_its_state()
    {
        var region = Led(idle: TimeSpan.FromSeconds(10));
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        _node.Environment.Advance(TimeSpan.FromSeconds(25));
        Assert.Empty(Units(region));

        Assert.Equal(5, _node.Sum(region, "a", new GetSum()));
        Assert.Equal(["a"], Units(region));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void Messages_for_a_passivating_unit_wait_and_start_it_again()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        region.Tell(new ShardingEnvelope("a", new Rest()));
        var answers = Enumerable.Range(0, 5).Select(_ => region.Ask<Sum>(new ShardingEnvelope("a", new Add(1)), TimeSpan.FromMinutes(1))).ToArray();

        Assert.True(_node.Environment.RunUntil(() => answers.All(answer => answer.IsCompletedSuccessfully), TimeSpan.FromSeconds(1)));
        Assert.Equal(10, _node.Sum(region, "a", new GetSum()));
    }

    [Fact]
    public void A_unit_that_fails_recovers_and_goes_on()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        region.Tell(new ShardingEnvelope("a", new Fail()));

        Assert.Equal(5, _node.Sum(region, "a", new GetSum()));
    }

    [Fact]
    public void A_shard_placed_elsewhere_stops_its_units()
    {
        var region = Led();
        Assert.Equal(5, _node.Sum(region, "a", new Add(5)));
        MoveAway(2);
        _node.Environment.RunUntilIdle();

        Assert.Empty(Units(region));
        Assert.Null(_node.Sum(region, "a", new GetSum()));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void A_successor_is_told_when_the_units_have_stopped_and_not_before()
    {
        using var probe = new TestProbe(_node.System);
        var region = ClusterSharding.Get(_node.System).Start(
            Counter.Type, _ => Props.CreateBy(() => new Herald(probe.Ref)), ClusterShardingSettings.Create(_node.System), Counter.Extractor);
        _node.Cluster.Lead(Counter.Type, 10);
        region.Tell(new ShardingEnvelope("a", new GetSum()));
        region.Tell(new AskHandOver(Counter.Extractor.ShardId("a"), 2), probe.Ref);
        _node.Environment.Advance(TimeSpan.FromSeconds(2));
        foreach (var said in new[] { "started", "asked", "timer" }) Assert.Equal(said, probe.ExpectMsg<string>());
        probe.ExpectNoMsg(TimeSpan.Zero);

        MoveAway(_node.Cluster.View.Version + 1);
        Assert.NotEqual(_node.Cluster.View.Version, _node.Cluster.HandOvers[Counter.Type]);
        _node.Environment.RunUntilIdle();
        Assert.Equal(_node.Cluster.View.Version, _node.Cluster.HandOvers[Counter.Type]);
        Assert.Equal("stopped", probe.ExpectMsg<string>());
        Assert.Equal(new HandedOver("n0", 1, 2), probe.ExpectMsg<HandedOver>());
        region.Tell(new AskHandOver(Counter.Extractor.ShardId("a"), 2), probe.Ref); // The answer was lost.
        _node.Environment.RunUntilIdle();
        Assert.Equal(new HandedOver("n0", 1, 2), probe.ExpectMsg<HandedOver>());
    }

    [Theory, Trait("Requirement", "AR-5")]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_served_before_a_living_predecessor_has_stopped_its_units(bool itAnswers)
    {
        var before = new NodeKey("before", 9);
        _node.Cluster.Know(_node.Cluster.View with
        {
            Members = _node.Cluster.View.Members.SetItem(before.Name, new Member(
                new NodeFacts(before, "t", "127.0.0.1", 3, 4, "", "", [], "0"), MemberStatus.Up, 1, 1, [], null)),
        });
        var region = _node.StartCounters();
        _node.Cluster.Lead(Counter.Type, 10, before);
        var answer = region.Ask<Sum>(new ShardingEnvelope("a", new Add(5)), TimeSpan.FromMinutes(1));
        var shard = _node.System.ActorSelection($"/system/sharding-counter/{Counter.Extractor.ShardId("a")}");
        shard.Tell(new HandedOver(before.Name, before.Incarnation, 0));
        shard.Tell(new HandedOver(before.Name, 8, 1));
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        Assert.False(answer.IsCompleted);

        if (itAnswers) shard.Tell(new HandedOver(before.Name, before.Incarnation, 1));
        else _node.Cluster.Know(_node.Cluster.View with { Version = 2, Members = _node.Cluster.View.Members.Remove(before.Name) });
        Assert.True(_node.Environment.RunUntil(() => answer.IsCompletedSuccessfully, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_full_buffer_drops_counts_and_makes_dead_letters()
    {
        var region = _node.StartCounters();
        using var probe = new TestProbe(_node.System);
        _node.System.EventStream.Subscribe(probe.Ref, typeof(Event.Dropped));
        for (var i = 0; i < 25; i++) region.Tell(new ShardingEnvelope("a", new Add(1)));
        _node.Environment.RunUntilIdle();

        var counters = ClusterSharding.Get(_node.System).Counters;
        Assert.Equal((5, 20), (counters.Dropped, counters.Buffered));
        _node.Cluster.Lead(Counter.Type, 10);
        _node.Environment.RunUntilIdle();
        Assert.Equal(20, _node.Sum(region, "a", new GetSum()));
    }

    [Fact]
    public void A_message_without_a_unit_is_unhandled()
    {
        var region = Led();
        using var probe = new TestProbe(_node.System);
        _node.System.EventStream.Subscribe(probe.Ref, typeof(Event.UnhandledMessage));
        region.Tell("for nobody");
        _node.Environment.RunUntilIdle();

        Assert.Equal("for nobody", probe.ExpectMsg<Event.UnhandledMessage>().Message);
    }

    [Fact]
    public void The_location_of_a_unit_names_shard_address_and_reference()
    {
        var region = Led();
        _node.Sum(region, "a", new Add(5));

        var found = _node.Ask<EntityLocation>(region, new GetEntityLocation("a", TimeSpan.FromSeconds(1)))!;
        Assert.Equal(("a", Counter.Extractor.ShardId("a"), true), (found.EntityId, found.ShardId, found.EntityRef.HasValue));
        Assert.NotNull(found.ShardRegion);
        var idle = _node.Ask<EntityLocation>(region, new GetEntityLocation("b", TimeSpan.FromSeconds(1)), 5)!;
        Assert.False(idle.EntityRef.HasValue);
    }

    [Fact]
    public void A_type_is_started_once_and_found_by_name()
    {
        var region = _node.StartCounters();
        var sharding = ClusterSharding.Get(_node.System);

        Assert.Equal(region, _node.StartCounters());
        Assert.Equal(region, sharding.ShardRegion(Counter.Type));
        Assert.Equal([Counter.Type], sharding.ShardTypeNames);
        Assert.Throws<ArgumentException>(() => sharding.ShardRegion("unknown"));
        Assert.EndsWith("/system/sharding-counter", region.Path.ToStringWithoutAddress(), StringComparison.Ordinal);
    }

    private IActorRef Led(TimeSpan? idle = null)
    {
        var region = _node.StartCounters(idle);
        _node.Cluster.Lead(Counter.Type, 10);
        return region;
    }

    private void MoveAway(long version)
    {
        var type = _node.Cluster.View.Types[Counter.Type];
        var away = type.Shards.ToImmutableSortedDictionary(pair => pair.Key, _ => new View.ShardState(version, null, [], null), StringComparer.Ordinal);
        _node.Cluster.Know(_node.Cluster.View with { Version = version, Types = _node.Cluster.View.Types.SetItem(Counter.Type, type with { Shards = away }) });
    }

    private IEnumerable<string> Units(IActorRef region) =>
        _node.Ask<CurrentShardRegionState>(region, GetShardRegionState.Instance)!.Shards.SelectMany(shard => shard.EntityIds);

    /// <summary>Speaks as soon as it can.</summary>
    private sealed class Herald : ReceiveActor, IWithTimers
    {
        private readonly IActorRef _listener;

        public Herald(IActorRef listener)
        {
            _listener = listener;
            Receive<GetSum>(_ => listener.Tell("asked"));
            Receive<string>(text => listener.Tell(text));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartSingleTimer("timer", "timer", TimeSpan.FromSeconds(1));
            _listener.Tell("started");
        }

        protected override void PostStop() => _listener.Tell("stopped");
    }

    private sealed class PersistentHerald : ReceivePersistentActor, IWithTimers
    {
        public PersistentHerald(IActorRef listener)
        {
            Recover<RecoveryCompleted>(_ =>
            {
                Timers.StartSingleTimer("timer", "timer", TimeSpan.FromSeconds(1));
                listener.Tell("started");
            });
            Command<GetSum>(_ => listener.Tell("asked"));
            Command<string>(text => listener.Tell(text));
        }

        public override string PersistenceId => "herald";

        public ITimerScheduler Timers { get; set; } = null!;
    }
}
