using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class AskTests : ActorTest
{
    private IActorRef? _asker;

    [Fact]
    public void Answers_complete_the_task_and_later_ones_become_dead_letters()
    {
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        var actor = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            c.Sender.Tell(1);
            c.Sender.Tell(2);
        }));
        Assert.Equal(1, Result(actor.Ask<int>("q")));
        Assert.Equal(2, Probe.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void No_answer_is_a_timeout_by_default_after_ten_seconds_and_the_late_answer_a_dead_letter()
    {
        var actor = Silent();
        var answer = actor.Ask("q");
        Environment.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(answer.IsCompleted);
        Environment.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Throws<AskTimeoutException>(() => Result(answer));
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        _asker!.Tell("late");
        Assert.Equal("late", Probe.ExpectMsg<DeadLetter>().Message);
    }

    /// <summary>Numbers of questions begin anew with a process; an answer to the life before must not be taken for one to this.</summary>
    [Fact]
    public async Task An_answer_to_an_earlier_life_of_the_process_answers_nothing()
    {
        var earlier = ActorSystem.Create(System.Name);
        var stale = ((ExtendedActorSystem)earlier).Provider.TempPath();
        _ = Silent().Ask("q");
        Environment.Advance(TimeSpan.Zero);
        var path = _asker!.Path;
        Assert.Equal(stale.ToStringWithoutAddress(), path.ToStringWithoutAddress());

        var provider = ((ExtendedActorSystem)System).Provider;
        Assert.Same(_asker, provider.ResolveActorRef(path));
        Assert.NotSame(_asker, provider.ResolveActorRef(stale));
        Assert.NotSame(_asker, provider.ResolveActorRef(stale.ToSerializationFormat()));
        await earlier.Terminate();
    }

    [Fact]
    public void What_is_still_asked_when_the_system_ends_fails_then_and_a_late_answer_harms_nothing()
    {
        var answer = Silent().Ask("q", TimeSpan.FromHours(1));
        Run();
        var ended = System.Terminate();
        Assert.True(Environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
        Assert.Contains("terminated", Assert.Throws<AskTimeoutException>(() => Result(answer)).Message, StringComparison.Ordinal);
        _asker!.Tell("late");
        Run();
    }

    [Fact]
    public void A_cancelled_ask_throws_and_its_late_answer_is_no_dead_letter()
    {
        using var source = new CancellationTokenSource();
        var answer = Silent().Ask("q", source.Token);
        Run();
        source.Cancel();
        Assert.Throws<TaskCanceledException>(() => Result(answer));
        System.EventStream.Subscribe(Probe.Ref, typeof(AllDeadLetters));
        _asker!.Tell("late");
        Probe.ExpectNoMsg();
    }

    [Fact]
    public void Wrong_types_and_failures_fail_the_task_and_null_is_an_answer()
    {
        var echo = System.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell(m is "null" ? null : m, c.Self)));
        Assert.Throws<InvalidCastException>(() => Result(echo.Ask<int>("text")));
        Assert.Null(Result(echo.Ask<string>("null")));
        var cause = new InvalidOperationException("no");
        Assert.Same(cause, Assert.Throws<InvalidOperationException>(() => Result(echo.Ask<string>(new Status.Failure(cause)))));
        Assert.IsType<Status.Failure>(Result(echo.Ask(new Status.Failure(cause))));
        Assert.Throws<InvalidMessageException>(() => echo.Tell(null, null));
    }

    [Fact]
    public void The_reference_can_travel_in_the_message_and_is_gone_afterwards()
    {
        var actor = System.ActorOf(FunctionActor.Props((m, c) => ((IActorRef)m).Tell(((IActorRef)m).Path)));
        var path = Result(actor.Ask<ActorPath>(self => self, null));
        Assert.IsType<EmptyLocalActorRef>(((ExtendedActorSystem)System).Provider.ResolveActorRef(path));
        Assert.Equal(0, ((LocalActorRefProvider)((ExtendedActorSystem)System).Provider).TempCount);
        Assert.Equal(0, ((ActorSystemImpl)System).TimerHeap.Count);
    }

    [Fact]
    public void Watching_an_asker_tells_when_it_has_its_answer()
    {
        var actor = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is "q") c.Watch(c.Sender);
            if (m is Terminated) Probe.Ref.Tell("asker gone");
        }));
        var answer = actor.Ask("q", Ms(50));
        Probe.ExpectMsg("asker gone");
        Assert.True(answer.IsFaulted || Environment.RunUntil(() => answer.IsFaulted, Ms(1)));
    }

    [Fact]
    public void Piped_tasks_arrive_as_result_as_failure_or_transformed()
    {
        OnSystem(() =>
        {
            Task.FromResult("value").PipeTo(Probe.Ref);
            new ValueTask<string>("v").PipeTo(Probe.Ref, success: s => s + "!");
            Task.CompletedTask.PipeTo(Probe.Ref);
            Task.CompletedTask.PipeTo(Probe.Ref, success: () => "done");
            Task.FromException(new InvalidOperationException("x")).PipeTo(Probe.Ref, Probe.Ref);
            Task.FromException<int>(new InvalidOperationException("y")).PipeTo(Probe.Ref, failure: e => e.Message);
        });
        Probe.ExpectMsg("value");
        Probe.ExpectMsg("v!");
        Probe.ExpectMsg("done");
        Assert.Equal("x", Probe.ExpectMsg<Status.Failure>().Cause.Message);
        Assert.Equal(Probe.Ref, Probe.LastSender);
        Probe.ExpectMsg("y");
    }

    [Fact]
    public void A_request_that_names_its_reply_needs_no_type_argument()
    {
        var actor = System.ActorOf(FunctionActor.Props((m, c) => c.Sender.Tell(((Square)m).Of * ((Square)m).Of)));
        int answer = Result(actor.Ask(new Square(7)));
        Assert.Equal(49, answer);
        Assert.Equal(49, Result(actor.Ask<int>(new Square(7), Ms(100))));
    }

    private IActorRef Silent() => System.ActorOf(FunctionActor.Props((_, c) => _asker = c.Sender));

    private sealed record Square(int Of) : IRequest<int>;
}
