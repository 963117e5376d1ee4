using System.Diagnostics;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.TestKit.Configs;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>The hands of the clock: only the test moves them.</summary>
public sealed class VirtualTimeTests() : KitTest(TestConfigs.TestSchedulerConfig.ToString())
{
    private TestScheduler Scheduler => (TestScheduler)Kit.Sys.Scheduler;

    [Fact]
    public void Nothing_due_later_comes_before_the_clock_is_moved()
    {
        GetLater(Ms(1000), "a");
        Kit.ExpectNoMsg(Ms(5000));
        Scheduler.Advance(Ms(999));
        Kit.ExpectNoMsg();
        Scheduler.Advance(Ms(1));
        Kit.ExpectMsg("a");
    }

    [Fact]
    public void All_that_is_due_on_the_way_fires_in_order_with_what_it_causes()
    {
        var relay = Kit.ActorOf<RelayActor>();
        relay.Tell(Kit.TestActor);
        Scheduler.Advance(TimeSpan.FromDays(1));
        Assert.Equal(["0 s", "10 s", "20 s", "30 s"], Kit.ReceiveN(4));
        Kit.ExpectNoMsg();
    }

    [Fact]
    public void Clock_is_moved_to_a_point_of_time_and_never_back()
    {
        var start = Scheduler.Now;
        Scheduler.AdvanceTo(start.AddHours(3));
        Assert.Equal(start.AddHours(3), Scheduler.Now);
        Assert.Throws<ArgumentOutOfRangeException>(() => Scheduler.AdvanceTo(start));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scheduler.Advance(Ms(-1)));
    }

    [Fact]
    public void Failed_waits_do_not_move_the_clock_and_do_not_sleep()
    {
        var start = (Scheduler.Now, Stopwatch.GetTimestamp());
        for (var i = 0; i < 100; i++) Failing.With(() => Kit.ExpectMsg("never", TimeSpan.FromHours(1)));
        Failing.With(() => Kit.AwaitCondition(() => false, TimeSpan.FromHours(1)));
        Assert.Throws<TimeoutException>(() => Kit.CreateTestLatch().Ready(TimeSpan.FromHours(1)));
        Assert.Equal(start.Now, Scheduler.Now);
        Assert.True(Stopwatch.GetElapsedTime(start.Item2) < TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Async_condition_under_a_standing_clock_fails_instead_of_spinning() =>
        Assert.Contains("did not hold", await Failing.WithAsync(() => Kit.AwaitConditionAsync(() => Task.FromResult(false))), StringComparison.Ordinal);

    [Fact]
    public void Asks_time_out_on_the_virtual_clock()
    {
        var answer = Kit.ActorOf(TestActors.BlackHoleActor.Props).Ask<string>("?", Ms(3000));
        Scheduler.Advance(Ms(2999));
        Assert.False(answer.IsCompleted);
        Scheduler.Advance(Ms(1));
        Assert.Throws<AskTimeoutException>(() => Kit.Result(answer));
    }

    [Fact]
    public void Environment_that_is_handed_over_is_used_and_moves_with_the_waits()
    {
        var environment = new ManualEnvironment();
        var system = TestSystem.Start(ActorSystemSetup.Create(new EnvironmentSetup(environment)));
        Assert.Same(environment, system.Environment);
        var probe = new TestProbe(system);
        system.Scheduler.ScheduleTellOnce(Ms(500), probe, "a", ActorRefs.NoSender);
        probe.ExpectMsg("a");
        Assert.IsType<TestScheduler>(system.Scheduler);
    }

    private sealed class RelayActor : ReceiveActor, IWithTimers
    {
        private IActorRef _target = ActorRefs.Nobody;
        private int _left = 3;

        public RelayActor()
        {
            Receive<IActorRef>(target =>
            {
                _target = target;
                Tick();
            });
            Receive<string>(_ => Tick());
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private void Tick()
        {
            _target.Tell($"{Context.System.Uptime.TotalSeconds} s");
            if (_left-- > 0) Timers.StartSingleTimer("tick", "tick", TimeSpan.FromSeconds(10));
        }
    }
}
