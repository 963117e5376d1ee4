using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.Routing;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Routing;

[Trait("Requirement", "AR-1")]
public sealed class FirstReplyTests : RouterTest
{
    [Fact]
    public void The_first_of_all_answers_wins_and_the_others_vanish()
    {
        var dead = new Recorder(System);
        System.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        var router = System.ActorOf(Echo().WithRouter(new ScatterGatherFirstCompletedPool(3, Ms(100))));
        router.Tell("x", Heard.Ref);
        Run();
        Assert.Equal("x", Assert.Single(Heard.Drain()));
        Assert.Equal(3, Log.Count);
        Assert.Empty(dead.Drain());
    }

    [Fact]
    public void Without_an_answer_in_time_the_sender_gets_a_failure()
    {
        var mute = FunctionActor.Props((_, _) => Log.Add("asked"));
        foreach (var config in (RouterConfig[])[new ScatterGatherFirstCompletedPool(2, Ms(100)), new TailChoppingPool(2, Ms(100), Ms(30))])
        {
            Log.Clear();
            System.ActorOf(mute.WithRouter(config)).Tell("x", Heard.Ref);
            Environment.Advance(Ms(99));
            Assert.Empty(Heard.Drain());
            Environment.Advance(Ms(1));
            Assert.IsType<AskTimeoutException>(Assert.IsType<Status.Failure>(Assert.Single(Heard.Drain())).Cause);
            Assert.Equal(["asked", "asked"], Log);
        }
    }

    [Fact]
    public void A_failure_is_an_answer_like_any_other()
    {
        var failing = FunctionActor.Props((_, c) => c.Sender.Tell(new Status.Failure(new InvalidDataException())));
        System.ActorOf(failing.WithRouter(new ScatterGatherFirstCompletedPool(2, Ms(100)))).Tell("x", Heard.Ref);
        Run();
        Assert.IsType<InvalidDataException>(Assert.IsType<Status.Failure>(Assert.Single(Heard.Drain())).Cause);
    }

    [Fact]
    public void Tail_chopping_asks_one_more_after_each_interval_until_one_answers()
    {
        var asked = 0;
        var router = System.ActorOf(FunctionActor.Props((_, c) =>
        {
            if (++asked == 2) c.Sender.Tell("second");
        }).WithRouter(new TailChoppingPool(4, Ms(1000), Ms(50))));
        router.Tell("x", Heard.Ref);
        Environment.Advance(Ms(49));
        Assert.Equal(1, asked);
        Environment.Advance(Ms(1));
        Assert.Equal(["second"], Heard.Drain());
        Environment.Advance(Ms(500));
        Assert.Equal(2, asked);
    }

    [Fact]
    public void The_first_routee_is_asked_at_once_in_the_order_of_the_messages()
    {
        var router = System.ActorOf(Echo().WithRouter(new TailChoppingPool(1, Ms(1000), Ms(50))));
        router.Tell("first", Heard.Ref);
        router.Tell(new Broadcast("second"));
        Run();
        Assert.Equal(["$a:first", "$a:second"], Log);
    }

    [Fact]
    public void Routees_that_are_no_actors_still_get_the_message()
    {
        var taken = new List<object>();
        Routee[] routees = [new Taking(taken), new Taking(taken)];
        new ScatterGatherFirstCompletedRoutingLogic(Ms(10)).Select("all", routees).Send("all", ActorRefs.NoSender);
        new TailChoppingRoutingLogic(Ms(10), Ms(1)).Select("one", routees).Send("one", ActorRefs.NoSender);
        Assert.Equal(["all", "all", "one"], taken);
    }

    [Fact]
    public void A_broadcast_to_a_tail_chopping_pool_is_told_to_all_at_once()
    {
        System.ActorOf(Echo().WithRouter(new TailChoppingPool(3, Ms(1000), Ms(50)))).Tell(new Broadcast("all"));
        Run();
        Assert.Equal(["$a:all", "$b:all", "$c:all"], Log.Order());
    }

    private sealed class Taking(List<object> taken) : Routee
    {
        public override void Send(object message, IActorRef? sender) => taken.Add(message);
    }
}
