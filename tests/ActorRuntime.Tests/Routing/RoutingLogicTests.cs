using ActorRuntime.Actor;
using ActorRuntime.Routing;
using Xunit;

namespace ActorRuntime.Tests.Routing;

[Trait("Requirement", "AR-1")]
public sealed class RoutingLogicTests : ActorTest
{
    private static readonly Routee[] Three = [new Named("a"), new Named("b"), new Named("c")];

    [Fact]
    public void Round_robin_takes_one_after_the_other_also_past_the_end_of_its_counter()
    {
        var logic = new RoundRobinRoutingLogic();
        Assert.Equal(["a", "b", "c", "a"], Choose(logic, Three, 4));
        logic = new RoundRobinRoutingLogic(int.MaxValue - 1);
        var around = Choose(logic, Three, 300);
        Assert.All(Three, routee => Assert.InRange(around.Count(name => name == routee.ToString()), 99, 101));
    }

    [Fact]
    public void Round_robin_allocates_nothing()
    {
        var logic = new RoundRobinRoutingLogic();
        logic.Select("x", Three);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) logic.Select("x", Three);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Random_takes_all_alike_and_the_same_seed_the_same_way()
    {
        var chosen = Choose(new RandomLogic(7), Three, 3000);
        Assert.All(Three, routee => Assert.InRange(chosen.Count(name => name == routee.ToString()), 800, 1200));
        Assert.Equal(chosen, Choose(new RandomLogic(7), Three, 3000));
    }

    [Fact]
    public void Without_routees_every_logic_finds_nobody()
    {
        RoutingLogic[] all =
        [
            new RoundRobinRoutingLogic(), new RandomLogic(), new BroadcastRoutingLogic(), new SmallestMailboxRoutingLogic(),
            new ScatterGatherFirstCompletedRoutingLogic(Ms(1)), new TailChoppingRoutingLogic(Ms(1), Ms(1)), new ConsistentHashingRoutingLogic(System),
        ];
        Assert.All(all, logic => Assert.Same(Routee.NoRoutee, logic.Select("x", [])));
    }

    [Fact]
    public void Consistent_hashing_takes_the_key_of_mapping_message_or_envelope()
    {
        var logic = new ConsistentHashingRoutingLogic(System, 10, message => message is int number ? number : null);
        var byText = logic.Select(new Keyed("42"), Three);
        Assert.Same(byText, logic.Select(42, Three));
        Assert.Same(byText, logic.Select(new ConsistentHashableEnvelope("anything", "42"), Three));
        Assert.Same(byText, logic.Select(new Keyed(42L), [.. Three]));
        var spread = Enumerable.Range(0, 100).Select(i => logic.Select(i, Three).ToString()).Distinct();
        Assert.Equal(3, spread.Count());
    }

    [Fact]
    public void A_message_without_a_key_or_with_one_that_has_no_text_finds_nobody()
    {
        var logic = new ConsistentHashingRoutingLogic(System);
        Assert.Same(Routee.NoRoutee, logic.Select("no key", Three));
        Assert.Same(Routee.NoRoutee, logic.Select(new Keyed(new object()), Three));
        Assert.NotSame(Routee.NoRoutee, logic.Select(new Keyed(new byte[] { 1, 2 }), Three));
    }

    [Fact]
    public void The_smallest_mailbox_is_preferred_and_those_nobody_can_look_into_come_last()
    {
        var idle = new ActorRefRoutee(Quiet());
        var one = new ActorRefRoutee(Quiet());
        var two = new ActorRefRoutee(Quiet());
        var gone = new ActorRefRoutee(Quiet());
        System.Stop(gone.Actor);
        Run();
        one.Actor.Tell("1");
        two.Actor.Tell("1");
        two.Actor.Tell("2");
        var logic = new SmallestMailboxRoutingLogic();
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Same(idle, logic.Select("x", [two, one, new Named("far"), gone, idle])));
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Same(one, logic.Select("x", [two, new Named("far"), one, gone])));
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal("far", logic.Select("x", [gone, new Named("far")]).ToString()));
    }

    [Fact]
    public void Routers_without_an_actor_are_immutable_and_know_each_routee_once()
    {
        var (a, b) = (Quiet(), Quiet());
        var router = new Router(new RoundRobinRoutingLogic(), a);
        Assert.Same(router, router.AddRoutee(a));
        Assert.Same(router, router.RemoveRoutee(b));
        var two = router.AddRoutee(b);
        Assert.Equal([new ActorRefRoutee(a)], router.Routees);
        Assert.Equal([new ActorRefRoutee(a), new ActorRefRoutee(b)], two.Routees);
        Assert.Empty(two.RemoveRoutee(a).RemoveRoutee(b).Routees);
    }

    private static string[] Choose(RoutingLogic logic, Routee[] routees, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => logic.Select("x", routees).ToString()!)];

    private IActorRef Quiet()
    {
        var actor = System.ActorOf(Props.Empty);
        Run();
        return actor;
    }

    private sealed class Named(string name) : Routee
    {
        public override string ToString() => name;
    }

    private sealed record Keyed(object ConsistentHashKey) : IConsistentHashable;
}
