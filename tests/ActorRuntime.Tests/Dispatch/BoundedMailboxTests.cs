using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.Tests.Actor;
using Xunit;

namespace ActorRuntime.Tests.Dispatch;

[Trait("Requirement", "AR-1")]
public sealed class BoundedMailboxTests : ConfiguredTest
{
    private const string Bounded = """
        small { mailbox-type = "ActorRuntime.Dispatch.BoundedMailbox", mailbox-capacity = 2, mailbox-push-timeout-time = 5s }
        impatient { mailbox-type = "ActorRuntime.Dispatch.BoundedDequeBasedMailbox", mailbox-capacity = 2, mailbox-push-timeout-time = 0s }
        """;

    [Fact]
    public void What_finds_no_room_waits_and_enters_in_order_when_there_is_some()
    {
        var system = Start(Bounded);
        var (dropped, handled) = (DroppedOf(system), new List<object>());
        var actor = system.ActorOf(FunctionActor.Props((m, _) => handled.Add(m)).WithMailbox("small"));
        for (var i = 1; i <= 4; i++) actor.Tell(i, null);
        Environment.RunUntilIdle();
        Assert.Equal([1, 2, 3, 4], handled);
        Assert.Empty(dropped);
    }

    [Fact]
    public void What_finds_no_room_for_the_whole_time_out_is_dropped_with_a_reason()
    {
        var system = Start(Bounded);
        var (dropped, handled) = (DroppedOf(system), new List<object>());
        var actor = Held(system, handled, "small");
        for (var i = 1; i <= 4; i++) actor.Tell(i, null);

        Environment.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(dropped);
        Environment.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal([3, 4], dropped.Select(d => d.Message));
        Assert.Contains("mailbox-push-timeout-time", dropped[0].Reason, StringComparison.Ordinal);
        Assert.Equal(actor, dropped[0].Recipient);

        Release(actor);
        Assert.Equal([1, 2], handled);
    }

    [Fact]
    public void Messages_that_came_later_wait_for_their_own_time_out()
    {
        var system = Start(Bounded);
        var dropped = DroppedOf(system);
        var actor = Held(system, [], "small");
        for (var i = 1; i <= 3; i++) actor.Tell(i, null);
        Environment.Advance(TimeSpan.FromSeconds(3));
        actor.Tell(4, null);
        Environment.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([3], dropped.Select(d => d.Message));
        Environment.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal([3, 4], dropped.Select(d => d.Message));
        Release(actor);
    }

    [Fact]
    public void The_door_takes_as_many_as_the_mailbox_and_no_more()
    {
        var system = Start(Bounded);
        var dropped = DroppedOf(system);
        var actor = Held(system, [], "small");
        for (var i = 1; i <= 6; i++) actor.Tell(i, null);
        Assert.Equal([5, 6], dropped.Select(d => d.Message));
        Assert.Equal(4, ((LocalActorRef)actor).Cell.Mailbox.NumberOfMessages);
        Release(actor);
    }

    [Fact]
    public void Without_a_time_out_nothing_waits()
    {
        var system = Start(Bounded);
        var dropped = DroppedOf(system);
        var actor = Held(system, [], "impatient");
        for (var i = 1; i <= 3; i++) actor.Tell(i, null);
        Assert.Equal([3], dropped.Select(d => d.Message));
        Release(actor);
    }

    [Fact]
    public void Actors_that_flood_each_other_come_to_rest()
    {
        var system = Start(Bounded);
        var (dropped, handled) = (DroppedOf(system), 0);
        IActorRef? left = null;
        var right = system.ActorOf(FunctionActor.Props((m, _) => Answer((int)m, left!)).WithMailbox("small"));
        left = system.ActorOf(FunctionActor.Props((m, _) => Answer((int)m, right)).WithMailbox("small"));
        left.Tell(12, null);
        Assert.True(Environment.RunUntil(() => Environment.IsIdle && Environment.TimerCount == 0, TimeSpan.FromHours(1)));
        Assert.True(handled > 12);
        Assert.NotEmpty(dropped);

        void Answer(int depth, IActorRef other)
        {
            handled++;
            for (var i = 0; i < 2 && depth > 0; i++) other.Tell(depth - 1, null);
        }
    }

    [Fact]
    public void A_stash_gives_back_beyond_the_limit()
    {
        var system = Start(Bounded);
        var (dropped, handled) = (DroppedOf(system), new List<object>());
        var actor = system.ActorOf(Props.CreateBy(() => new Stashing(handled)).WithMailbox("impatient"));
        foreach (var batch in new[] { new object[] { 1, 2 }, [3, 4], ["open", 5] })
        {
            foreach (var message in batch) actor.Tell(message, null);
            Environment.RunUntilIdle();
        }

        Assert.Equal([1, 2, 3, 4, 5], handled);
        Assert.Empty(dropped);
    }

    [Fact]
    public void What_waits_at_the_end_of_the_actor_is_a_dead_letter_and_leaves_no_timer()
    {
        var system = Start(Bounded);
        var actor = Held(system, [], "small");
        var dead = new List<object>();
        var listener = system.ActorOf(FunctionActor.Props((m, _) => dead.Add(((DeadLetter)m).Message)));
        system.EventStream.Subscribe(listener, typeof(DeadLetter));
        for (var i = 1; i <= 4; i++) actor.Tell(i, null);
        system.Stop(actor);
        Release(actor);
        Environment.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal([1, 2, 3, 4], dead.Order());
    }

    [Fact]
    public async Task A_thread_of_the_application_waits_for_room_and_loses_nothing()
    {
        const int Count = 20_000;
        await using var system = ActorSystem.Create("pressed", ConfigurationFactory.ParseString(Bounded.Replace("5s", "60s", StringComparison.Ordinal)));
        var (handled, highest) = (0, 0);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = system.ActorOf(FunctionActor.Props((m, c) =>
        {
            highest = Math.Max(highest, ((ActorCell)c).Mailbox.NumberOfMessages);
            if (++handled == 2 * Count) done.SetResult();
        }).WithMailbox("small"));
        for (var producer = 0; producer < 2; producer++)
        {
            new Thread(() =>
            {
                for (var i = 0; i < Count; i++) actor.Tell(i, null);
            }).Start();
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(highest, 0, 2);
    }

    [Fact]
    public void A_capacity_below_one_is_refused_where_it_is_named()
    {
        var system = Start("""none { mailbox-type = "ActorRuntime.Dispatch.BoundedMailbox", mailbox-capacity = 0 }""");
        var refused = Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithMailbox("none")));
        Assert.Contains("mailbox-capacity", refused.Message, StringComparison.Ordinal);
    }

    // An actor whose user messages wait until it is released.
    private IActorRef Held(ActorSystem system, List<object> handled, string mailbox)
    {
        var actor = system.ActorOf(FunctionActor.Props((m, _) => handled.Add(m)).WithMailbox(mailbox));
        Environment.RunUntilIdle();
        ((IInternalActorRef)actor).SendSystemMessage(new ActorRuntime.Dispatch.SysMsg.Suspend());
        Environment.RunUntilIdle();
        return actor;
    }

    private void Release(IActorRef actor)
    {
        ((IInternalActorRef)actor).SendSystemMessage(new ActorRuntime.Dispatch.SysMsg.Resume(afterFailure: false));
        Environment.RunUntilIdle();
    }

    private sealed class Stashing : ReceiveActor, IWithUnboundedStash
    {
        public Stashing(List<object> handled)
        {
            Receive<int>(_ => Stash.Stash());
            Receive<string>(_ =>
            {
                Become(() => Receive<int>(n => handled.Add(n)));
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;
    }
}
