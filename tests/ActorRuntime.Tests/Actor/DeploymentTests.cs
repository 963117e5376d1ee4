using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using ActorRuntime.Routing;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class DeploymentTests : IDisposable
{
    private readonly ManualEnvironment _environment = new();
    private readonly List<ActorSystem> _systems = [];

    public void Dispose()
    {
        foreach (var ended in _systems.ConvertAll(system => system.Terminate()))
        {
            Assert.True(_environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
        }
    }

    [Theory]
    [InlineData("round-robin-pool", typeof(RoundRobinPool))]
    [InlineData("random-pool", typeof(RandomPool))]
    [InlineData("broadcast-pool", typeof(BroadcastPool))]
    [InlineData("smallest-mailbox-pool", typeof(SmallestMailboxPool))]
    [InlineData("scatter-gather-pool", typeof(ScatterGatherFirstCompletedPool))]
    [InlineData("tail-chopping-pool", typeof(TailChoppingPool))]
    [InlineData("consistent-hashing-pool", typeof(ConsistentHashingPool))]
    public void A_pool_is_described_by_the_section_of_its_path(string name, Type type)
    {
        var router = Start($"/a {{ router = {name}, nr-of-instances = 3, within = 2s, tail-chopping-router.interval = 20ms }}")
            .ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "a");
        Assert.IsType(type, ((RoutedActorRef)router).Config);
        Assert.Equal(3, Members(router));
    }

    [Theory]
    [InlineData("round-robin-group", typeof(RoundRobinGroup))]
    [InlineData("random-group", typeof(RandomGroup))]
    [InlineData("broadcast-group", typeof(BroadcastGroup))]
    [InlineData("scatter-gather-group", typeof(ScatterGatherFirstCompletedGroup))]
    [InlineData("tail-chopping-group", typeof(TailChoppingGroup))]
    [InlineData("consistent-hashing-group", typeof(ConsistentHashingGroup))]
    public void So_is_a_group(string name, Type type)
    {
        var router = Start($"/a {{ router = {name}, routees.paths = [/user/x, /user/y] }}").ActorOf(FromConfig.Instance.Props(), "a");
        Assert.IsType(type, ((RoutedActorRef)router).Config);
        Assert.Equal(2, Members(router));
    }

    [Fact]
    public void The_configuration_wins_over_the_code_which_fills_in_what_it_leaves_open()
    {
        var strategy = new OneForOneStrategy(_ => Directive.Stop);
        var resizer = new DefaultResizer(1, 9);
        var router = (RoutedActorRef)Start("/a { router = random-pool, nr-of-instances = 4 }")
            .ActorOf(Props.Empty.WithRouter(new RoundRobinPool(2, resizer, strategy)), "a");
        var pool = Assert.IsType<RandomPool>(router.Config);
        Assert.Equal((4, resizer, strategy), (pool.NrOfInstances, pool.Resizer, pool.SupervisorStrategy));
        Assert.Equal(strategy, router.Cell.Props.SupervisorStrategy);
    }

    [Fact]
    public void Without_a_section_the_code_decides_and_from_config_is_refused()
    {
        var system = Start("/other { router = random-pool }");
        Assert.Equal(2, Members(system.ActorOf(Props.Empty.WithRouter(new RoundRobinPool(2)), "a")));
        var refusal = Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "b"));
        Assert.Contains("actor-runtime.actor.deployment.\"/b\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strategy_given_to_from_config_is_the_pools()
    {
        var strategy = new OneForOneStrategy(_ => Directive.Stop);
        var router = Start("/a { router = round-robin-pool }").ActorOf(Props.Empty.WithRouter(FromConfig.Instance.WithSupervisorStrategy(strategy)), "a");
        Assert.Equal(strategy, ((LocalActorRef)router).Cell.Props.SupervisorStrategy);
    }

    [Fact]
    public void A_section_makes_no_router_of_an_actor_that_is_none_and_wildcards_none_of_routees()
    {
        var system = Start("""/a { router = round-robin-pool, nr-of-instances = 2 }, "/a/*" { router = round-robin-pool, nr-of-instances = 9 }""");
        Assert.IsType<RoutedActorRef>(system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "a"));
        _environment.RunUntilIdle();
        Assert.IsType<LocalActorRef>(Resolve("/user/a/$a"), exactMatch: true);
        Assert.IsType<LocalActorRef>(system.ActorOf(Props.Empty, "b"), exactMatch: true);
    }

    [Fact]
    public void Dispatcher_mailbox_and_stash_of_the_section_win_over_the_props_and_go_to_the_routees_of_a_router()
    {
        var system = Start(
            """
            /plain { dispatcher = mine, mailbox = bounded, stash-capacity = 7 }
            /pool { router = round-robin-pool, nr-of-instances = 1, dispatcher = mine, mailbox = bounded }
            /own { router = round-robin-pool, nr-of-instances = 1, pool-dispatcher { throughput = 3 } }
            """);
        var plain = ((LocalActorRef)system.ActorOf(Props.Empty.WithDispatcher("other").WithStashCapacity(3), "plain")).Cell;
        Assert.Equal(("mine", 7, typeof(BoundedMailbox)), (plain.Dispatcher.Id, plain.Props.StashCapacity, plain.Mailbox.GetType()));
        var pool = (LocalActorRef)system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "pool");
        var routee = ((LocalActorRef)Resolve("/user/pool/$a")).Cell;
        Assert.Equal(("mine", typeof(BoundedMailbox)), (routee.Dispatcher.Id, routee.Mailbox.GetType()));
        Assert.Equal(Dispatchers.DefaultDispatcherId, pool.Cell.Dispatcher.Id);
        system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "own");
        Assert.Equal(3, ((LocalActorRef)Resolve("/user/own/$a")).Cell.Dispatcher.Throughput);
    }

    [Fact]
    public void A_router_whose_routees_cannot_be_made_is_an_error_of_its_creation_and_leaves_nothing_behind()
    {
        var system = Start("/a { router = round-robin-pool, nr-of-instances = 2, dispatcher = missing }");
        Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "a"));
        _environment.RunUntilIdle();
        Assert.True(Resolve("/user/a").IsNobody() || Resolve("/user/a") is EmptyLocalActorRef);
    }

    [Fact]
    public void Deployments_in_props_decide_as_the_props_do()
    {
        var props = Props.Empty.WithDeploy(new Deploy(new RoundRobinPool(3)).WithMailbox("bounded").WithStashCapacity(5));
        Assert.Equal(("bounded", 5), (props.Mailbox, props.StashCapacity));
        Assert.Equal("mine", props.WithDispatcher("mine").WithDeploy(Deploy.Local).Dispatcher);
        Assert.Equal(3, Members(Start("/x {}").ActorOf(props, "a")));
    }

    [Fact]
    public void A_deployment_set_by_code_replaces_that_of_the_configuration()
    {
        var system = Start("/a { router = round-robin-pool, nr-of-instances = 2 }");
        ((ExtendedActorSystem)system).Deployer.SetDeploy(new Deploy("/a", new RandomPool(5)));
        Assert.Equal(5, Members(system.ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "a")));
    }

    [Theory]
    [InlineData("/user/a/b", "exact")]
    [InlineData("/user/a/x", "one")]
    [InlineData("/user/a/x/y", "rest")]
    [InlineData("/user/c/b", "any")]
    [InlineData("/user/c/z", null)]
    [InlineData("/user/c", null)]
    [InlineData("/user", null)]
    [InlineData("/system/a/b", null)]
    public void A_name_wins_over_a_star_and_that_over_two(string path, string? mailbox)
    {
        var deployer = new Deployer(
        [
            Named("/a/b", "exact"), Named("/a/*", "one"), Named("/a/**", "rest"), Named("/*/b", "any"),
        ]);
        Assert.Equal(mailbox, deployer.Lookup(ActorPath.Parse("actor-runtime://s" + path))?.Mailbox);

        static Deploy Named(string path, string mailbox) => new Deploy(path, LocalScope.Instance).WithMailbox(mailbox);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    [InlineData("/a//b")]
    [InlineData("/a*")]
    [InlineData("/**/a")]
    public void What_is_no_path_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => new Deployer([new Deploy(path, LocalScope.Instance)]));

    [Fact]
    public void What_is_wrong_is_told_at_the_start_all_at_once_with_line_and_key()
    {
        var errors = Assert.Throws<ConfigurationException>(() => Start(
            """
            /a { router = round-robbing-pool }
            /b { router = round-robin-pool, nr-of-instances = 0 }
            /c { router = round-robin-group }
            /d { router = round-robin-pool, nr-of-instance = 3 }
            /e { router = round-robin-pool, resizer { lower-bound = 4, upper-bound = 2 } }
            /f { router = tail-chopping-pool, within = 0s }
            no-path { dispatcher = x }
            """)).Errors;
        Assert.Equal(7, errors.Count);
        Assert.All("abcdef", name => Assert.Contains(errors, error => error.ToString().Contains($"/{name}", StringComparison.Ordinal)
            || error.Message.Contains("round-robbing-pool", StringComparison.Ordinal)));
        Assert.Contains(errors, error => error.Message.Contains("did you mean", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Key.EndsWith("no-path\"", StringComparison.Ordinal) && error.Origin!.Line == 8);
    }

    [Fact]
    public void The_reference_says_what_holds_without_a_key()
    {
        var reference = ConfigurationFactory.Default().GetConfig("actor-runtime.actor.deployment.\"*\"");
        Assert.Equal(new DefaultResizer(1, 10), Resizer.FromConfig(reference));
        var (given, silent) = (new TailChoppingPool(reference), new TailChoppingPool(Config.Empty));
        Assert.Equal((silent.NrOfInstances, silent.Within, silent.Interval), (given.NrOfInstances, given.Within, given.Interval));
        Assert.Equal(new ConsistentHashingPool(Config.Empty).VirtualNodesFactor, new ConsistentHashingPool(reference).VirtualNodesFactor);
        Assert.Equal(("from-code", "", "", 0), (
            reference.GetString("router"), reference.GetString("dispatcher"), reference.GetString("mailbox"), reference.GetInt("stash-capacity")));
    }

    [Fact]
    public void A_router_of_ones_own_is_named_by_its_class()
    {
        var router = Start($"/a {{ router = \"{typeof(FirstOnly).AssemblyQualifiedName}\" }}").ActorOf(Props.Empty.WithRouter(FromConfig.Instance), "a");
        Assert.IsType<FirstOnly>(((RoutedActorRef)router).Config);
        Assert.Equal(0, Members(router));
    }

    private ActorSystem Start(string deployment)
    {
        var config = ConfigurationFactory.ParseString(
            "actor-runtime.actor.deployment {\n" + deployment + "\n}\nmine { throughput = 5 }\nbounded { mailbox-type = \"ActorRuntime.Dispatch.BoundedMailbox\" }");
        _systems.Add(ActorSystem.Create("test", BootstrapSetup.Create().WithConfig(config).And(new EnvironmentSetup(_environment))));
        return _systems[^1];
    }

    private IActorRef Resolve(string path) => ((ExtendedActorSystem)_systems[^1]).Provider.ResolveActorRef("actor-runtime://test" + path);

    private int Members(IActorRef router)
    {
        var asked = router.Ask<Routees>(new GetRoutees());
        Assert.True(_environment.RunUntil(() => asked.IsCompleted, TimeSpan.FromSeconds(30)));
        return asked.GetAwaiter().GetResult().Members.Count();
    }

    /// <summary>Sends all to the first it is given.</summary>
    public sealed class FirstOnly : CustomRouterConfig
    {
        public FirstOnly(Config config) => ArgumentNullException.ThrowIfNull(config);

        public override Router CreateRouter(ActorSystem system) => new(new RoundRobinRoutingLogic());
    }
}
