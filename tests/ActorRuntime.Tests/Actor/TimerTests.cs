using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class TimerTests : ActorTest
{
    private readonly List<string> _log = [];

    [Fact]
    public void Receive_timeout_comes_after_silence_and_marked_messages_do_not_postpone_it()
    {
        var actor = System.ActorOf(FunctionActor.Props(
            (m, c) =>
            {
                if (m is "off" or Marked { Text: "off" }) c.SetReceiveTimeout(null);
                else if (m is ReceiveTimeout) _log.Add("timeout " + System.Uptime.TotalMilliseconds);
            },
            new FunctionActor.Hooks { PreStart = c => c.SetReceiveTimeout(Ms(100)) }));
        Run();
        Environment.Advance(Ms(60));
        actor.Tell("x");
        Environment.Advance(Ms(60));
        actor.Tell(new Marked("y"));
        Environment.Advance(Ms(60));
        Assert.Equal(["timeout 160"], _log);
        Environment.Advance(Ms(100));
        Assert.Equal(["timeout 160", "timeout 260"], _log);
        actor.Tell(new Marked("off"));
        Environment.Advance(Ms(1000));
        Assert.Equal(2, _log.Count);
    }

    [Fact]
    public void Receive_timeout_counts_from_the_end_of_an_async_handler()
    {
        var gate = new TaskCompletionSource();
        var actor = System.ActorOf(Props.CreateBy(() => new SlowActor(gate.Task, _log)));
        actor.Tell("slow");
        Environment.Advance(Ms(80));
        gate.SetResult();
        Run();
        Environment.Advance(Ms(90));
        Assert.Empty(_log);
        Environment.Advance(Ms(20));
        Assert.Equal(["timeout"], _log);
    }

    [Fact]
    public void Timers_tick_are_replaced_by_key_and_a_queued_tick_of_the_old_one_is_dropped()
    {
        var actor = System.ActorOf(Props.CreateBy(() => new TimedActor(_log)));
        actor.Tell(new Order(t => t.StartPeriodicTimer("k", "tick", Ms(10))));
        Environment.Advance(Ms(35));
        Assert.Equal(["tick", "tick", "tick"], _log);
        actor.Tell(new Order(t =>
        {
            Environment.Time.GetTimestamp();
            t.StartSingleTimer("k", "single", Ms(7));
        }));
        Run();
        Environment.Advance(Ms(100));
        Assert.Equal(["tick", "tick", "tick", "single"], _log);
        Assert.Equal("False", Active(actor));
    }

    [Fact]
    public void A_tick_in_the_mailbox_is_dropped_when_its_timer_is_cancelled_before_it_is_handled()
    {
        var gate = new TaskCompletionSource();
        var actor = System.ActorOf(Props.CreateBy(() => new TimedActor(_log)));
        actor.Tell(new Order(t => t.StartSingleTimer("k", "stale", Ms(10))));
        Run();
        actor.Tell(new Hold(gate.Task, t => t.Cancel("k")));
        Environment.Advance(Ms(20));
        gate.SetResult();
        Run();
        Assert.Empty(_log);
    }

    [Fact]
    public void Timers_end_with_restart_and_stop()
    {
        var actor = System.ActorOf(Props.CreateBy(() => new TimedActor(_log)));
        actor.Tell(new Order(t => t.StartPeriodicTimer("k", "tick", Ms(10))));
        actor.Tell("boom");
        Environment.Advance(Ms(50));
        Assert.Empty(_log);
        actor.Tell(new Order(t => t.StartPeriodicTimer("k", "tick", Ms(10))));
        Run();
        System.Stop(actor);
        Environment.Advance(Ms(50));
        Assert.Empty(_log);
    }

    [Fact]
    public void Stashed_ticks_come_back_as_the_plain_message()
    {
        var actor = System.ActorOf(Props.CreateBy(() => new TimedActor(_log)));
        actor.Tell(new Order(t => t.StartSingleTimer("k", "stash me", Ms(1))));
        Environment.Advance(Ms(5));
        actor.Tell("unstash");
        Run();
        Assert.Equal(["stash me"], _log);
    }

    [Fact]
    public void Scheduler_fires_in_order_of_time_then_of_scheduling_and_refuses_nonsense()
    {
        var scheduler = System.Scheduler;
        scheduler.ScheduleTellOnce(Ms(20), Probe.Ref, "c", null);
        for (var i = 0; i < 100; i++) scheduler.ScheduleTellOnce(Ms(10), Probe.Ref, i, null);
        scheduler.ScheduleTellOnce(TimeSpan.Zero, Probe.Ref, "a", null);
        Probe.ExpectMsg("a", Ms(0));
        for (var i = 0; i < 100; i++) Probe.ExpectMsg(i);
        Probe.ExpectMsg("c");
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.ScheduleTellOnce(Ms(-1), Probe.Ref, "x", null));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.ScheduleTellRepeatedly(Ms(1), TimeSpan.Zero, Probe.Ref, "x", null));
    }

    [Fact]
    public void Heap_agrees_with_a_sorted_list_under_random_scheduling_and_cancelling()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var random = new ActorRuntime.Util.Prng(seed);
            var environment = new ActorRuntime.TestKit.ManualEnvironment();
            using var heap = new HeapScheduler(environment.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
            var (fired, expected, cancels) = (new List<int>(), new List<(double At, int Id)>(), new List<(ICancelable Cancel, int Id)>());
            for (var id = 0; id < 300; id++)
            {
                var (delay, captured) = ((double)(random.Next() % 50) + 1, id);
                cancels.Add((heap.ScheduleOnceCancelable(Ms(delay), () => fired.Add(captured)), id));
                expected.Add((delay, id));
            }

            foreach (var (cancel, id) in cancels.Where(_ => random.Chance(30)).ToArray())
            {
                cancel.Cancel();
                expected.RemoveAll(e => e.Id == id);
            }

            Assert.Equal(expected.Count, heap.Count);
            environment.Advance(Ms(100));
            Assert.True(expected.OrderBy(e => e.At).ThenBy(e => e.Id).Select(e => e.Id).SequenceEqual(fired), $"seed {seed}");
            Assert.Equal(0, heap.Count);
        }
    }

    [Fact]
    public void Repeated_sends_go_on_until_cancelled()
    {
        var cancel = System.Scheduler.ScheduleTellRepeatedlyCancelable(Ms(5), Ms(10), Probe.Ref, "tick", null);
        Environment.Advance(Ms(30));
        for (var i = 0; i < 3; i++) Probe.ExpectMsg("tick", Ms(0));
        cancel.Cancel();
        Probe.ExpectNoMsg();
    }

    [Fact]
    public void Cancelables_run_callbacks_once_aggregate_or_stop_follow_their_links_and_wait()
    {
        var cancelable = new Cancelable(System.Scheduler);
        var linked = Cancelable.CreateLinkedCancelable(System.Scheduler, cancelable);
        var calls = 0;
        cancelable.Token.Register(() => calls++);
        cancelable.Cancel();
        cancelable.Cancel();
        Assert.Equal(1, calls);
        Assert.True(linked.IsCancellationRequested);
        Assert.True(Cancelable.CreateCanceled().IsCancellationRequested);

        var failing = new Cancelable(System.Scheduler);
        for (var i = 0; i < 2; i++) failing.Token.Register(() => throw new InvalidOperationException());
        Assert.Equal(2, Assert.Throws<AggregateException>(() => failing.Cancel(false)).InnerExceptions.Count);
        var first = new Cancelable(System.Scheduler);
        for (var i = 0; i < 2; i++) first.Token.Register(() => throw new InvalidOperationException());
        Assert.Throws<InvalidOperationException>(() => first.Cancel(true));

        var later = new Cancelable(System.Scheduler);
        later.CancelAfter(50);
        Environment.Advance(Ms(49));
        Assert.False(later.IsCancellationRequested);
        Environment.Advance(Ms(1));
        Assert.True(later.IsCancellationRequested);
    }

    private string Active(IActorRef actor)
    {
        Probe.Send(actor, "active?");
        return Probe.ExpectMsg<string>();
    }

    private sealed record Marked(string Text) : INotInfluenceReceiveTimeout;

    private sealed record Order(Action<ITimerScheduler> Run);

    private sealed record Hold(Task Gate, Action<ITimerScheduler> Then);

    private sealed class SlowActor : ReceiveActor
    {
        public SlowActor(Task gate, List<string> log)
        {
            SetReceiveTimeout(Ms(100));
            ReceiveAsync<string>(async _ => await gate);
            Receive<ReceiveTimeout>(_ => log.Add("timeout"));
        }
    }

    private sealed class TimedActor : ReceiveActor, IWithTimers, IWithUnboundedStash
    {
        private bool _stashed;

        public TimedActor(List<string> log)
        {
            Receive<Order>(order => order.Run(Timers));
            ReceiveAsync<Hold>(async hold =>
            {
                await hold.Gate;
                hold.Then(Timers);
            });
            Receive<string>(m => m == "active?", _ => Sender.Tell(Timers.IsTimerActive("k").ToString()));
            Receive<string>(m => m == "boom", _ => throw new InvalidOperationException());
            Receive<string>(m => m == "stash me" && !_stashed, _ =>
            {
                _stashed = true;
                Stash.Stash();
            });
            Receive<string>(m => m == "unstash", _ => Stash.UnstashAll());
            Receive<string>(log.Add);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        public IStash Stash { get; set; } = null!;
    }
}
