using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.Pattern;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class BackoffSupervisorTests : ActorTest
{
    private readonly List<TimeSpan> _starts = [];

    [Fact]
    public void Forwards_and_restarts_a_failed_child_after_growing_capped_delays()
    {
        var supervisor = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(350), 0).WithManualReset());
        for (var i = 0; i < 4; i++)
        {
            Probe.Send(supervisor, "ping");
            Probe.ExpectMsg("pong");
            supervisor.Tell("boom");
            Environment.Advance(Ms(1000));
        }

        Assert.Equal([0, 100, 1200, 2350, 3350], _starts.Select(start => start.TotalMilliseconds));
        Assert.Equal(4, Result(supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance)).Count);
        supervisor.Tell(BackoffSupervisor.Reset.Instance);
        Assert.Equal(0, Result(supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance)).Count);
    }

    [Fact]
    public void Jitter_stays_within_its_factor()
    {
        var options = Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(10_000), 0.2);
        var random = new ActorRuntime.Util.Prng(1);
        var delays = Enumerable.Range(0, 1000).Select(_ => options.DelayOf(1, random).TotalMilliseconds).ToArray();
        Assert.All(delays, d => Assert.InRange(d, 200, 240));
        Assert.True(delays.Max() - delays.Min() > 30);
    }

    [Fact]
    public void Quiet_time_resets_the_count()
    {
        var supervisor = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(1000), 0).WithAutoReset(Ms(500)));
        supervisor.Tell("boom");
        Environment.Advance(Ms(300));
        Assert.Equal(1, Result(supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance)).Count);
        Environment.Advance(Ms(600));
        Assert.Equal(0, Result(supervisor.Ask<BackoffSupervisor.RestartCount>(BackoffSupervisor.GetRestartCount.Instance)).Count);
    }

    [Fact]
    public void On_stop_starts_a_stopped_child_again_but_on_failure_ends_with_it()
    {
        var onStop = Start(Backoff.OnStop(ChildProps(), "c", Ms(100), Ms(100), 0));
        onStop.Tell(PoisonPillFor.Child);
        Environment.Advance(Ms(50));
        Assert.True(CurrentChild(onStop).IsNobody());
        Environment.Advance(Ms(100));
        Assert.False(CurrentChild(onStop).IsNobody());

        var onFailure = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(100), 0));
        Probe.Watch(onFailure);
        onFailure.Tell(PoisonPillFor.Child);
        Probe.ExpectTerminated(onFailure);
    }

    [Fact]
    public void Stop_directive_of_a_custom_strategy_ends_both()
    {
        var supervisor = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(100), 0).WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Stop)));
        Probe.Watch(supervisor);
        supervisor.Tell("boom");
        Probe.ExpectTerminated(supervisor);
    }

    [Fact]
    public void Gives_up_after_its_number_of_restarts()
    {
        var supervisor = Start(Backoff.OnFailure(ChildProps(), "c", Ms(10), Ms(10), 0, 2).WithManualReset());
        Probe.Watch(supervisor);
        for (var i = 0; i < 3; i++)
        {
            supervisor.Tell("boom");
            Environment.Advance(Ms(20));
        }

        Probe.ExpectTerminated(supervisor);
    }

    [Fact]
    public void While_no_child_runs_it_replies_or_makes_dead_letters()
    {
        var replying = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(100), 0).WithReplyWhileStopped("closed"));
        replying.Tell("boom");
        Run();
        Probe.Send(replying, "ping");
        Probe.ExpectMsg("closed", Ms(0));

        var silent = Start(Backoff.OnFailure(ChildProps(), "c", Ms(100), Ms(100), 0));
        silent.Tell("boom");
        Run();
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        Probe.Send(silent, "ping");
        Assert.Equal("ping", Probe.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void With_a_final_stop_message_it_stops_for_good_only_if_that_was_seen()
    {
        var supervisor = Start(Backoff.OnStop(ChildProps(), "c", Ms(100), Ms(100), 0).WithFinalStopMessage(m => m is "last"));
        Probe.Watch(supervisor);
        supervisor.Tell(PoisonPillFor.Child);
        Environment.Advance(Ms(150));
        Assert.False(CurrentChild(supervisor).IsNobody());
        supervisor.Tell("last");
        supervisor.Tell(PoisonPillFor.Child);
        Probe.ExpectTerminated(supervisor);
    }

    private IActorRef Start(BackoffOptions options)
    {
        var supervisor = System.ActorOf(BackoffSupervisor.Props(options));
        Run();
        return supervisor;
    }

    private IActorRef CurrentChild(IActorRef supervisor) =>
        Result(supervisor.Ask<BackoffSupervisor.CurrentChild>(BackoffSupervisor.GetCurrentChild.Instance)).Ref;

    private Props ChildProps() => FunctionActor.Props(
        (m, c) =>
        {
            if (m is "boom") throw new InvalidOperationException("boom");
            if (m is PoisonPillFor) c.Stop(c.Self);
            if (m is "ping") c.Sender.Tell("pong");
        },
        new FunctionActor.Hooks { PreStart = _ => _starts.Add(System.Uptime) });

    private sealed class PoisonPillFor
    {
        public static readonly PoisonPillFor Child = new();
    }
}
