using System.Collections.Immutable;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Cluster.Tools.Singleton;
using ActorRuntime.Cluster.View;
using ActorRuntime.Event;
using ActorRuntime.TestKit;

namespace ActorRuntime.Cluster.Tools.Tests.Singleton;

/// <summary>A singleton on one node under virtual time; the test is the control log.</summary>
public sealed class SingletonOnOneNodeTests : IDisposable
{
    private const string Type = "singleton:/user/manager/singleton";
    private static readonly NodeKey Before = new("before", 9);
    private readonly LoneNode _node = new();
    private readonly TestProbe _probe;

    public SingletonOnOneNodeTests() => _probe = new TestProbe(_node.System);

    public void Dispose()
    {
        _probe.Dispose();
        _node.Dispose();
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void It_starts_where_the_log_places_it_without_being_asked_and_again_when_it_ends()
    {
        StartManager();
        _node.Environment.Advance(TimeSpan.FromSeconds(5));
        _probe.ExpectNoMsg(TimeSpan.Zero);

        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        Assert.Equal("started", Heard());
        _probe.LastSender.Tell("end");
        _node.Environment.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Equal("ended", Heard());
        Assert.Equal("started", Heard());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void It_does_not_start_before_the_node_before_is_known_to_serve_no_more()
    {
        _node.Cluster.OpenGates(false);
        StartManager();
        _node.Cluster.Lead(Type, 1, Before);
        _node.Environment.Advance(TimeSpan.FromMinutes(1));
        _probe.ExpectNoMsg(TimeSpan.Zero);

        _node.Cluster.OpenGates(true);
        _node.Environment.RunUntilIdle();
        Assert.Equal("started", Heard());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void It_does_not_start_before_a_living_predecessor_said_that_its_own_has_ended()
    {
        _node.Cluster.Know(_node.Cluster.View with
        {
            Members = _node.Cluster.View.Members.SetItem(Before.Name, new Member(
                new NodeFacts(Before, "t", "127.0.0.1", 3, 4, "", "", [], "0"), MemberStatus.Leaving, 1, 1, [], null)),
        });
        StartManager();
        _node.Cluster.Lead(Type, 1, Before);
        _node.Environment.Advance(TimeSpan.FromMinutes(1));
        _probe.ExpectNoMsg(TimeSpan.Zero);

        _node.System.ActorSelection($"/system/{UnitTypeDefinition.RegionName(Type)}/0").Tell(new HandedOver(Before.Name, Before.Incarnation, 1));
        _node.Environment.RunUntilIdle();
        Assert.Equal("started", Heard());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public void Without_the_lease_it_does_nothing_timers_included()
    {
        StartManager();
        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        Assert.Equal("started", Heard());
        _node.Environment.Advance(TimeSpan.FromSeconds(10.5));
        for (var i = 0; i < 10; i++) Assert.Equal("tick", Heard());

        _node.Cluster.Switch(false);
        _node.Environment.Advance(TimeSpan.FromMinutes(1));
        _probe.ExpectNoMsg(TimeSpan.Zero);
        _node.Cluster.Switch(true);
        _node.Environment.RunUntilIdle();
        Assert.Equal("tick", Heard());
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void When_it_moves_it_gets_its_termination_message()
    {
        StartManager();
        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        Assert.Equal("started", Heard());
        MoveAway();
        Assert.Equal("terminate", Heard());
        Assert.Equal("ended", Heard());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task A_persistent_singleton_writes_behind_the_fence_of_its_term()
    {
        _node.System.ActorOf(
            ClusterSingletonManager.Props(Props.CreateBy(() => new Counter("only")), PoisonPill.Instance, ManagerSettings()), "manager");
        var proxy = StartProxy();
        _node.Cluster.Lead(Type, 1);
        Assert.Equal(5, _node.Ask<Sum>(proxy, new Add(5))!.Value);
        await foreach (var stored in _node.Journal.ReadAsync("counter/only", 1, long.MaxValue, default))
            Assert.Equal(($"{Type}/0", 1), (stored.Writer.Scope, stored.Writer.Term));

        await _node.Journal.RaiseFenceAsync(new Persistence.Journal.WriterFence($"{Type}/0", 7), default);
        Assert.Null(_node.Ask<Sum>(proxy, new Add(1)));
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_proxy_holds_messages_until_the_singleton_is_placed_and_keeps_their_order_and_sender()
    {
        StartManager();
        var proxy = StartProxy();
        foreach (var text in new[] { "a", "b", "c" }) proxy.Tell(text, _probe.Ref);
        _node.Environment.Advance(TimeSpan.FromSeconds(10));
        _probe.ExpectNoMsg(TimeSpan.Zero);

        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        foreach (var text in new[] { "started", "a", "b", "c" }) Assert.Equal(text, Heard());
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_full_proxy_drops_the_oldest_and_makes_dead_letters()
    {
        using var letters = new TestProbe(_node.System);
        _node.System.EventStream.Subscribe(letters.Ref, typeof(Dropped));
        StartManager();
        var proxy = StartProxy(buffer: 3);
        for (var i = 0; i < 5; i++) proxy.Tell($"m{i}", _probe.Ref);
        _node.Environment.RunUntilIdle();
        Assert.Equal(["m0", "m1"], new[] { letters.ExpectMsg<Dropped>(TimeSpan.Zero), letters.ExpectMsg<Dropped>(TimeSpan.Zero) }.Select(letter => letter.Message));

        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        foreach (var text in new[] { "started", "m2", "m3", "m4" }) Assert.Equal(text, Heard());
        letters.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_proxy_without_a_buffer_drops_and_one_that_stops_drops_what_it_holds()
    {
        using var letters = new TestProbe(_node.System);
        _node.System.EventStream.Subscribe(letters.Ref, typeof(Dropped));
        StartProxy(buffer: 0).Tell("none", _probe.Ref);
        _node.Environment.RunUntilIdle();
        Assert.Contains("buffer-size = 0", letters.ExpectMsg<Dropped>(TimeSpan.Zero).Reason, StringComparison.Ordinal);

        var holding = StartProxy(name: "holding");
        holding.Tell("held", _probe.Ref);
        _node.Environment.RunUntilIdle();
        letters.ExpectNoMsg(TimeSpan.Zero);
        _node.System.Stop(holding);
        _node.Environment.RunUntilIdle();
        Assert.Equal("held", letters.ExpectMsg<Dropped>(TimeSpan.Zero).Message);
    }

    [Fact, Trait("Requirement", "AR-3")]
    public void A_proxy_that_came_first_does_not_keep_the_singleton_from_its_node()
    {
        var proxy = StartProxy();
        proxy.Tell("a", _probe.Ref);
        _node.Environment.RunUntilIdle();
        StartManager();
        _node.Environment.RunUntilIdle();
        _node.Cluster.Lead(Type, 1);
        _node.Environment.RunUntilIdle();
        foreach (var text in new[] { "started", "a" }) Assert.Equal(text, Heard());
    }

    [Fact]
    public void Settings_come_from_the_configuration_and_all_broken_ones_are_told()
    {
        var config = Configuration.ConfigurationFactory.ParseString(
            "actor-runtime.cluster { singleton { singleton-name = \"a b\", hand-off-timeout = 1h }, singleton-proxy.buffer-size = -1 }");
        Assert.Equal(3, Assert.Throws<Util.OptionsException>(() => SingletonOptions.FromConfig(config)).Errors.Count);
        Assert.Throws<ArgumentException>(() => ManagerSettings().WithSingletonName("a b"));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClusterSingletonProxySettings.Create(_node.System).WithBufferSize(-1));
    }

    private string Heard() => _probe.ExpectMsg<string>(TimeSpan.Zero);

    private void StartManager() => _node.System.ActorOf(
        ClusterSingletonManager.Props(Props.CreateBy(() => new Only(_probe.Ref)), "terminate", ManagerSettings()), "manager");

    private ClusterSingletonManagerSettings ManagerSettings() => ClusterSingletonManagerSettings.Create(_node.System);

    private IActorRef StartProxy(int buffer = 100, string name = "proxy") => _node.System.ActorOf(
        ClusterSingletonProxy.Props("/user/manager", ClusterSingletonProxySettings.Create(_node.System).WithBufferSize(buffer)), name);

    private void MoveAway()
    {
        var version = _node.Cluster.View.Version + 1;
        var type = _node.Cluster.View.Types[Type];
        var away = ImmutableSortedDictionary.Create<string, ShardState>(StringComparer.Ordinal).Add("0", new ShardState(version, null, [], null));
        _node.Cluster.Know(_node.Cluster.View with { Version = version, Types = _node.Cluster.View.Types.SetItem(Type, type with { Shards = away }) });
        _node.Environment.RunUntilIdle();
    }

    /// <summary>Says all it does.</summary>
    private sealed class Only : ReceiveActor, IWithTimers
    {
        private readonly IActorRef _listener;

        public Only(IActorRef listener)
        {
            _listener = listener;
            Receive<string>(text =>
            {
                if (text != "end") listener.Tell(text);
                if (text is "end" or "terminate") Context.Stop(Self);
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            _listener.Tell("started");
            Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1));
        }

        protected override void PostStop() => _listener.Tell("ended");
    }
}
