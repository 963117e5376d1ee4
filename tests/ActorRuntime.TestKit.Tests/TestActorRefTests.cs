using System.Diagnostics;
using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Actors on the calling thread, and the instance behind a reference.</summary>
public sealed class TestActorRefTests() : KitTest("actor-runtime.test { single-expect-default = 30s, filter-leeway = 30s, default-timeout = 30s }")
{
    [Fact]
    public void Message_is_handled_on_this_thread_when_tell_returns()
    {
        var counter = Kit.ActorOfAsTestActorRef<Counter>("counter");
        counter.Tell("count");
        Assert.Equal((1, Environment.CurrentManagedThreadId), (counter.UnderlyingActor.Count, counter.UnderlyingActor.Thread));
        Assert.Equal("/user/counter", counter.Path.ToStringWithoutAddress());
        Kit.ExpectMsgFrom(counter, 1);
    }

    [Fact]
    public void What_an_actor_tells_itself_comes_after_the_current_message_and_deep_chains_leave_the_stack_flat()
    {
        var counter = Kit.ActorOfAsTestActorRef<Counter>();
        counter.Tell(100_000);
        Assert.Equal(100_001, counter.UnderlyingActor.Count);
        Assert.Equal(1, counter.UnderlyingActor.DepthMax);
        Assert.InRange(counter.UnderlyingActor.Frames.Max() - counter.UnderlyingActor.Frames.Min(), 0, 20);
    }

    [Fact]
    public void Actors_of_this_dispatcher_run_one_another()
    {
        var second = Kit.ActorOfAsTestActorRef<Counter>();
        var first = Kit.ActorOfAsTestActorRef<Counter>();
        first.Tell(second.Ref);
        Assert.Equal(1, second.UnderlyingActor.Count);
        Assert.Equal(1, first.UnderlyingActor.Answered);
    }

    [Fact]
    public async Task Two_threads_never_run_one_actor_at_once()
    {
        var counter = Kit.ActorOfAsTestActorRef<Counter>();
        var senders = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++) counter.Tell("count", ActorRefs.NoSender);
        }));
        await Task.WhenAll(senders);
        Kit.AwaitCondition(() => counter.UnderlyingActor.Count == 20_000);
        Assert.Equal(1, counter.UnderlyingActor.DepthMax);
    }

    [Fact]
    public void Received_directly_an_exception_comes_out_and_no_restart_follows()
    {
        var counter = Kit.ActorOfAsTestActorRef(() => new Counter());
        var instance = counter.UnderlyingActor;
        counter.Receive("count", Kit.TestActor);
        Kit.ExpectMsgFrom(counter, 1);
        Assert.Throws<InvalidDataException>(() => counter.Receive("fail"));
        Assert.Same(instance, counter.UnderlyingActor);
        Kit.EventFilter.Exception<InvalidDataException>().ExpectOne(() => counter.Tell("fail"));
        // It is logged before its supervisor's thread carries it out; in between there may be no instance.
        Kit.AwaitAssert(() => Assert.NotSame(instance, counter.UnderlyingActor));
    }

    [Fact]
    public void Supervisor_is_the_one_given_and_may_be_a_probe()
    {
        var probe = Kit.CreateTestProbe("boss");
        var child = Kit.ActorOfAsTestActorRef<Counter>(Props.Create<Counter>(), probe, "child");
        Assert.Equal(probe.Path / "child", child.Path);
        Kit.Watch(child);
        Kit.Sys.Stop(child);
        Kit.ExpectTerminated(child);
        Assert.Contains("has no instance", Assert.Throws<IllegalActorStateException>(() => child.UnderlyingActor).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Kit.ActorOfAsTestActorRef<Counter>(Props.Create<Counter>(), child));
    }

    [Fact]
    public void Handler_that_awaits_goes_on_where_the_task_is_completed_and_nothing_interleaves()
    {
        var waiting = Kit.ActorOfAsTestActorRef<Counter>();
        var source = new TaskCompletionSource();
        waiting.Tell(source.Task);
        waiting.Tell("count");
        Assert.Equal(0, waiting.UnderlyingActor.Count);
        Assert.Throws<IllegalActorStateException>(() => waiting.Receive("count"));
        source.SetResult();
        Assert.Equal(2, waiting.UnderlyingActor.Count);
    }

    [Fact]
    public void Failed_creation_and_wrong_class_are_said()
    {
        Kit.EventFilter.Exception<ActorInitializationException>().ExpectOne(() =>
        {
            var none = Kit.ActorOfAsTestActorRef<Counter>(Props.CreateBy<Counter>(() => throw new InvalidDataException("no")));
            Assert.Throws<IllegalActorStateException>(() => none.UnderlyingActor);
        });
        var other = Kit.ActorOfAsTestActorRef<Counter>(Props.Create<TestActors.BlackHoleActor>());
        Assert.Contains("BlackHoleActor", Assert.Throws<IllegalActorStateException>(() => other.UnderlyingActor).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void References_compare_by_what_they_name()
    {
        var counter = Kit.ActorOfAsTestActorRef<Counter>();
        IActorRef plain = counter.Ref;
        Assert.True(plain == counter);
        Assert.True(counter == plain);
        Assert.False(Kit.TestActor == counter);
        Assert.True(counter != Kit.TestActor);
        Assert.True(plain.Equals(counter));
    }

    [Fact]
    public void Any_actor_may_use_the_dispatcher()
    {
        var actor = Kit.ActorOf(Props.Create<Counter>().WithDispatcher(CallingThreadDispatcher.Id));
        actor.Tell("count");
        Kit.ExpectMsg(1);
        Assert.Equal(CallingThreadDispatcher.Id, ((LocalActorRef)actor).Cell.Dispatcher.Id);
    }

    private sealed class Counter : ReceiveActor
    {
        private int _depth;

        public Counter()
        {
            Receive<string>(text => text == "count", _ => Sender.Tell(AddOne()));
            Receive<string>(_ => throw new InvalidDataException("fail"));
            Receive<int>(left =>
            {
                if (left > 0) Self.Tell(left - 1);
                if (Sender.Equals(Self) || left == 100_000) AddOne();
                else Answered++;
            });
            Receive<IActorRef>(other => other.Tell("count"));
            ReceiveAsync<Task>(async task =>
            {
                await task;
                AddOne();
            });
        }

        public int Count { get; private set; }

        public int Answered { get; private set; }

        public int DepthMax { get; private set; }

        public int Thread { get; private set; }

        public List<int> Frames { get; } = [];

        private int AddOne()
        {
            Thread = Environment.CurrentManagedThreadId;
            if (Count % 10_000 == 50) Frames.Add(new StackTrace().FrameCount);
            return ++Count;
        }

        protected override bool AroundReceive(Receive receive, object message)
        {
            DepthMax = Math.Max(DepthMax, ++_depth);
            try
            {
                return base.AroundReceive(receive, message);
            }
            finally
            {
                _depth--;
            }
        }
    }
}
