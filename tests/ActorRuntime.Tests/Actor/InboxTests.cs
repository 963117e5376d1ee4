using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Event;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class InboxTests : ActorTest
{
    private readonly Inbox _inbox;

    public InboxTests() => _inbox = Inbox.Create(System);

    [Fact]
    public void It_hands_messages_out_oldest_first()
    {
        _inbox.Receiver.Tell(1);
        _inbox.Receiver.Tell(2);
        Assert.Equal((1, 2), (_inbox.Receive(), _inbox.Receive()));
    }

    [Fact]
    public void It_is_the_sender_of_what_it_sends_and_gets_the_answer()
    {
        _inbox.Send(System.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell($"re: {m}"))), "question");
        Assert.Equal("re: question", Result(_inbox.ReceiveAsync(Ms(100))));
    }

    [Fact]
    public void A_predicate_takes_the_oldest_that_fits_and_leaves_the_others()
    {
        foreach (var message in (object[])["a", 1, "b", 2]) _inbox.Receiver.Tell(message);
        Assert.Equal(1, _inbox.ReceiveWhere(m => m is int));
        Assert.Equal(["a", "b", 2], [_inbox.Receive(), _inbox.Receive(), _inbox.Receive()]);
    }

    [Fact]
    public void Waits_are_served_in_turn_each_by_the_first_message_it_wants()
    {
        var number = _inbox.ReceiveWhereAsync(m => m is int, Ms(100));
        var any = _inbox.ReceiveAsync(Ms(100));
        OnSystem(() =>
        {
            _inbox.Receiver.Tell("text");
            _inbox.Receiver.Tell(7);
        });
        Assert.Equal((7, "text"), (Result(number), Result(any)));
    }

    [Fact]
    public void A_wait_ends_in_time_or_when_cancelled_and_a_message_that_comes_later_stays()
    {
        using var source = new CancellationTokenSource();
        var late = _inbox.ReceiveAsync(Ms(50));
        var cancelled = _inbox.ReceiveAsync(Ms(500), source.Token);
        Environment.Advance(Ms(49));
        Assert.False(late.IsCompleted);
        Environment.Advance(Ms(1));
        Assert.Throws<TimeoutException>(() => Result(late));
        OnSystem(source.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(() => Result(cancelled));
        _inbox.Receiver.Tell("late");
        Assert.Equal("late", _inbox.Receive());
    }

    [Fact]
    public void It_watches_also_what_has_ended_already()
    {
        var actor = System.ActorOf(Props.Empty);
        _inbox.Watch(actor);
        System.Stop(actor);
        Assert.Equal(actor, Assert.IsType<Terminated>(Result(_inbox.ReceiveAsync(Ms(100)))).ActorRef);
        _inbox.Watch(actor);
        Assert.Equal(actor, Assert.IsType<Terminated>(Result(_inbox.ReceiveAsync(Ms(100)))).ActorRef);
    }

    [Fact]
    public void It_can_be_found_by_its_path_until_it_is_disposed_of_and_messages_then_become_dead_letters()
    {
        var dead = new Recorder(System);
        System.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        System.ActorSelection(_inbox.Receiver.Path).Tell("found");
        Assert.Equal("found", _inbox.Receive());
        var waiting = _inbox.ReceiveAsync(Ms(100));
        OnSystem(_inbox.Dispose);
        Assert.Throws<ObjectDisposedException>(() => Result(waiting));
        _inbox.Receiver.Tell("too late");
        Run();
        Assert.Contains("too late", dead.Drain().Select(d => ((DeadLetter)d).Message));
        Assert.Throws<ObjectDisposedException>(() => _inbox.Receive());
    }

    [Fact]
    public void A_full_inbox_drops_what_comes_and_says_why()
    {
        var environment = new ManualEnvironment();
        var config = ConfigurationFactory.ParseString("actor-runtime.actor.inbox { inbox-size = 2, default-timeout = 1ms }");
        var system = ActorSystem.Create("small", BootstrapSetup.Create().WithConfig(config).And(new EnvironmentSetup(environment)));
        var lost = new Recorder(system);
        system.EventStream.Subscribe(lost.Ref, typeof(Dropped));
        using (var inbox = Inbox.Create(system))
        {
            for (var i = 1; i <= 3; i++) inbox.Receiver.Tell(i);
            environment.RunUntilIdle();
            Assert.Equal((1, 2), (inbox.Receive(), inbox.Receive()));
            var dropped = Assert.IsType<Dropped>(Assert.Single(lost.Drain()));
            Assert.Equal(3, dropped.Message);
            Assert.Contains("inbox-size = 2", dropped.Reason, StringComparison.Ordinal);
        }

        var ended = system.Terminate();
        Assert.True(environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
    }
}
