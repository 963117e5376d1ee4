using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.Routing;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Routing;

[Trait("Requirement", "AR-1")]
public sealed class RouterTests : RouterTest
{
    [Fact]
    public void A_pool_shares_messages_among_its_children_and_keeps_the_sender()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(3)), "pool");
        for (var i = 0; i < 6; i++) router.Tell(i, Heard.Ref);
        Run();
        Assert.Equal(["$a:0", "$a:3", "$b:1", "$b:4", "$c:2", "$c:5"], Log.Order());
        Assert.Equal(6, Heard.Drain().Count);
    }

    [Fact]
    public void Messages_do_not_pass_the_router_itself()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(1)));
        Run();
        var cell = ((LocalActorRef)router).Cell;
        cell.Mailbox.Suspend();
        router.Tell("x");
        Run();
        Assert.Equal(["$a:x"], Log);
        cell.Mailbox.Resume();
    }

    [Fact]
    public void A_broadcast_reaches_all_whatever_the_logic()
    {
        System.ActorOf(Echo().WithRouter(new RoundRobinPool(3))).Tell(new Broadcast("all"));
        Run();
        Assert.Equal(["$a:all", "$b:all", "$c:all"], Log.Order());
        Log.Clear();
        System.ActorOf(Echo().WithRouter(new BroadcastPool(2))).Tell("every");
        Run();
        Assert.Equal(["$a:every", "$b:every"], Log.Order());
    }

    [Fact]
    public void A_group_finds_its_routees_by_path_also_after_they_have_come_back()
    {
        var first = System.ActorOf(Echo(), "one");
        System.ActorOf(Echo(), "two");
        var router = System.ActorOf(new RoundRobinGroup("/user/one", "/user/two").Props());
        router.Tell(1);
        router.Tell(2);
        Run();
        Assert.Equal(["one:1", "two:2"], Log);
        Assert.True(Result(first.GracefulStop(Ms(1000))));
        System.ActorOf(Echo(), "one");
        router.Tell(3);
        Run();
        Assert.Equal("one:3", Log[^1]);
    }

    [Fact]
    public void Routees_are_told_added_and_removed_by_message_and_a_known_one_changes_nothing()
    {
        var extra = System.ActorOf(Echo(), "extra");
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(2)));
        router.Tell(new AddRoutee(new ActorRefRoutee(extra)));
        router.Tell(new AddRoutee(new ActorRefRoutee(extra)));
        Assert.Equal(["$a", "$b", "extra"], Names(router));
        router.Tell(new RemoveRoutee(Members(router)[0]));
        Assert.Equal(["$b", "extra"], Names(router));
        router.Tell(new RemoveRoutee(new ActorRefRoutee(extra)));
        Environment.Advance(Ms(200));
        Assert.Equal(["$b"], Names(router));
        Assert.False(((IInternalActorRef)extra).IsTerminated);
    }

    [Fact]
    public void A_pool_child_that_is_removed_handles_what_was_on_its_way_and_ends()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(2)));
        var removed = Child(Members(router)[0]);
        router.Tell(new RemoveRoutee(new ActorRefRoutee(removed)));
        Run();
        removed.Tell("late");
        Environment.Advance(Ms(200));
        Assert.Equal(["$a:late"], Log);
        Assert.True(((IInternalActorRef)removed).IsTerminated);
    }

    [Fact]
    public void A_pool_changes_its_size_by_message_and_drops_those_added_last()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(2)));
        router.Tell(new AdjustPoolSize(2));
        Assert.Equal(["$a", "$b", "$c", "$d"], Names(router));
        router.Tell(new AdjustPoolSize(-3));
        Assert.Equal(["$a"], Names(router));
    }

    [Fact]
    public void Routees_that_end_are_evicted_and_the_pool_ends_with_the_last()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(2)));
        Heard.Watch(router);
        Child(Members(router)[0]).Tell(PoisonPill.Instance);
        Run();
        Assert.Equal(["$b"], Names(router));
        router.Tell(new Broadcast(PoisonPill.Instance));
        Run();
        Assert.IsType<Terminated>(Assert.Single(Heard.Drain()));
    }

    [Fact]
    public void A_routee_added_later_is_evicted_too_when_it_ends()
    {
        var extra = System.ActorOf(Echo(), "extra");
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(1)));
        router.Tell(new AddRoutee(new ActorRefRoutee(extra)));
        router.Tell(new AdjustPoolSize(1));
        Assert.Equal(["$a", "extra", "$b"], Names(router));
        extra.Tell(PoisonPill.Instance);
        Child(Members(router)[^1]).Tell(PoisonPill.Instance);
        Run();
        Assert.Equal(["$a"], Names(router));
    }

    [Fact]
    public void A_pool_with_a_resizer_outlives_its_routees()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(1, new DefaultResizer(0, 3))));
        router.Tell(new Broadcast(PoisonPill.Instance));
        Run();
        Assert.Empty(Members(router));
        Assert.False(((IInternalActorRef)router).IsTerminated);
    }

    [Fact]
    public void A_poison_pill_or_kill_ends_the_router_with_its_pool_and_leaves_a_group_alone()
    {
        foreach (var message in (object[])[PoisonPill.Instance, Kill.Instance])
        {
            var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(2)));
            var routee = Child(Members(router)[0]);
            router.Tell(message);
            Run();
            Assert.True(((IInternalActorRef)router).IsTerminated);
            Assert.True(((IInternalActorRef)routee).IsTerminated);
        }

        var one = System.ActorOf(Echo(), "one");
        System.ActorOf(new RoundRobinGroup("/user/one").Props()).Tell(PoisonPill.Instance);
        Run();
        Assert.False(((IInternalActorRef)one).IsTerminated);
    }

    [Fact]
    public void Messages_to_a_router_that_has_ended_or_finds_nobody_become_dead_letters()
    {
        var dead = new Recorder(System);
        System.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        var router = System.ActorOf(Echo().WithRouter(new ConsistentHashingPool(2)));
        router.Tell("no key");
        Run();
        System.Stop(router);
        Run();
        router.Tell(new ConsistentHashableEnvelope("too late", 1));
        Run();
        Assert.Equal(["no key", "too late"], dead.Drain().Select(d => Router.Unwrapped(((DeadLetter)d).Message)));
    }

    [Fact]
    public void A_failing_routee_fails_the_pool_as_a_whole_which_its_supervisor_restarts()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(3)));
        var before = Members(router);
        router.Tell("fail");
        Run();
        Assert.Equal(["$a restarted", "$b restarted", "$c restarted"], Log.Order());
        Assert.Equal(before, Members(router));
        router.Tell(new Broadcast("alive"));
        Run();
        Assert.Equal(6, Log.Count);
    }

    [Fact]
    public void Failures_of_all_routees_at_once_lose_none_of_them()
    {
        foreach (var pool in (Pool[])[new RandomPool(5), new RoundRobinPool(5), new BroadcastPool(5)])
        {
            var router = System.ActorOf(Echo().WithRouter(pool));
            router.Tell(new Broadcast("fail"));
            Run();
            Log.Clear();
            router.Tell(new Broadcast("alive"));
            Run();
            Assert.Equal(["$a:alive", "$b:alive", "$c:alive", "$d:alive", "$e:alive"], Log.Order());
        }
    }

    [Fact]
    public void A_strategy_of_the_pool_decides_about_the_routee_alone()
    {
        var router = System.ActorOf(Echo().WithRouter(
            new RoundRobinPool(2).WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Restart))));
        router.Tell("fail");
        Run();
        Assert.Equal(["$a restarted"], Log);
    }

    [Fact]
    public void A_pool_grows_under_load_shrinks_without_it_and_stays_within_its_bounds()
    {
        var gate = new TaskCompletionSource();
        var router = System.ActorOf(Props.CreateBy(() => new Slow(gate.Task))
            .WithRouter(new RoundRobinPool(1, new DefaultResizer(2, 4, messagesPerResize: 2, rampupRate: 0.5, backoffRate: 0.5))));
        Assert.Equal(2, Members(router).Length);
        for (var i = 0; i < 40; i++)
        {
            router.Tell("work");
            Run();
        }

        Assert.Equal(4, Members(router).Length);
        OnSystem(() => gate.SetResult());
        for (var i = 0; i < 10; i++)
        {
            router.Tell("work");
            Run();
        }

        Assert.Equal(2, Members(router).Length);
    }

    [Fact]
    public void The_same_key_goes_to_the_same_routee_and_envelopes_are_taken_off()
    {
        var router = System.ActorOf(Echo().WithRouter(new ConsistentHashingPool(4, m => m is string text ? text[0] : null)));
        foreach (var message in (object[])["apple", "ant", "axe", new ConsistentHashableEnvelope("enclosed", 'a')]) router.Tell(message);
        Run();
        Assert.Single(Log.Select(line => line.Split(':')[0]).Distinct());
        Assert.EndsWith(":enclosed", Log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_may_be_made_inside_an_actor()
    {
        IActorRef? router = null;
        System.ActorOf(FunctionActor.Props((_, c) => router = c.ActorOf(Echo().WithRouter(new RoundRobinPool(2)), "inner")), "outer").Tell("make");
        Run();
        router!.Tell("x");
        Run();
        Assert.Equal(["$a:x"], Log);
        Assert.Equal("/user/outer/inner", router!.Path.ToStringWithoutAddress());
    }

    [Fact]
    public void A_router_can_be_asked_and_found_by_selection()
    {
        var router = System.ActorOf(Echo().WithRouter(new RoundRobinPool(1)), "found");
        Assert.Equal("hello", Result(router.Ask<string>("hello")));
        Assert.Equal("again", Result(System.ActorSelection("/user/found").Ask<string>("again")));
        Assert.Equal(router, Result(System.ActorSelection("/user/found").ResolveOne(Ms(1000))));
    }

    [Fact]
    public void NoRouter_just_creates_the_actor()
    {
        System.ActorOf(NoRouter.Instance.Props(Echo()), "plain").Tell("x");
        Run();
        Assert.Equal(["plain:x"], Log);
    }

    [Fact]
    public void Pools_of_no_size_and_groups_of_nobody_are_refused()
    {
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new RoundRobinPool(0));
        Assert.Throws<ArgumentException>(() => new RoundRobinGroup());
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new ScatterGatherFirstCompletedPool(1, TimeSpan.Zero));
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new TailChoppingPool(1, Ms(10), TimeSpan.Zero));
    }

    private sealed class Slow : ReceiveActor
    {
        public Slow(Task gate) => ReceiveAnyAsync(_ => gate);
    }
}
