using System.Text.RegularExpressions;
using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Event;
using ActorRuntime.TestKit.TestActors;
using ActorRuntime.TestKit.TestEvent;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Expectations of the log and of dead letters.</summary>
public sealed partial class EventFilterTests : KitTest
{
    private readonly IActorRef _actor;

    public EventFilterTests() => _actor = Kit.ActorOf(Props.Create<LoggingActor>(), "logging");

    [Fact]
    public void Lines_are_picked_by_level()
    {
        var on = Kit.EventFilter;
        on.Debug("line").ExpectOne(() => _actor.Tell(LogLevel.Debug));
        on.Info("line").ExpectOne(() => _actor.Tell(LogLevel.Information));
        on.Warning("line").ExpectOne(() => _actor.Tell(LogLevel.Warning));
        on.Error("line").ExpectOne(() => _actor.Tell(LogLevel.Error));
        Failing.With(["Expected 1 times within 5 s: information \"line\"; it came 0 times"], () => on.Info("line").ExpectOne(() => _actor.Tell(LogLevel.Warning)));
    }

    [Fact]
    public void Lines_are_picked_by_text_and_source()
    {
        var on = Kit.EventFilter;
        foreach (var fits in new[]
        {
            on.Info("line"), on.Info(start: "li"), on.Info(contains: "in"), on.Info(AnyLine()), on.Info(source: _actor.Path.ToString()),
            on.Info("line", source: "/user/logging"), on.Custom(line => line.Message.Length == 4),
        })
        {
            fits.ExpectOne(() => _actor.Tell(LogLevel.Information));
        }

        foreach (var differs in new[]
        {
            on.Info("lin"), on.Info(start: "ine"), on.Info(contains: "xx"), on.Info(new Regex("^n")), on.Info("line", source: "/user/other"),
            on.Info("line", source: "/logging"), on.Custom(line => line.LogLevel == LogLevel.Error),
        })
        {
            differs.Expect(0, () => _actor.Tell(LogLevel.Information));
            Failing.With(["it came 0 times"], () => differs.ExpectOne(() => _actor.Tell(LogLevel.Information)));
        }
    }

    [Fact]
    public void Too_many_are_a_failure_that_lists_them()
    {
        Failing.With(
            ["Expected 1 times: information; it came 2 times", "Information actor-runtime://test/user/logging: line"],
            () => Kit.EventFilter.Info().ExpectOne(() =>
            {
                _actor.Tell(LogLevel.Information);
                _actor.Tell(LogLevel.Information);
            }));
        Failing.With(["Expected 0 times"], () => Kit.EventFilter.Info().Expect(0, () => _actor.Tell(LogLevel.Information)));
        Kit.EventFilter.Info().Expect(2, () =>
        {
            _actor.Tell(LogLevel.Information);
            _actor.Tell(LogLevel.Information);
        });
    }

    [Fact]
    public void Failures_of_actors_are_picked_by_exception_text_and_actor()
    {
        var on = Kit.EventFilter;
        void Fail() => _actor.Tell("reason");
        on.Exception<InvalidDataException>().ExpectOne(Fail);
        on.Exception<Exception>("reason").ExpectOne(Fail);
        on.Exception<InvalidDataException>(contains: "eas", source: "/user/logging").ExpectOne(Fail);
        on.Exception<InvalidDataException>(new Regex("son$")).ExpectOne(Fail);
        on.Error(contains: "reason").ExpectOne(Fail);
        Failing.With(["error with ArgumentException; it came 0 times"], () => on.Exception<ArgumentException>().ExpectOne(Fail));
        Failing.With(["it came 0 times"], () => on.Exception<InvalidDataException>("other").ExpectOne(Fail));
        Failing.With(["it came 0 times"], () => on.Exception<InvalidDataException>(source: "/user/other").ExpectOne(Fail));
    }

    [Fact]
    public void Exception_inside_of_the_logged_one_counts_when_asked_for()
    {
        void Fail() => Kit.ActorOf(Props.CreateBy<BlackHoleActor>(() => throw new InvalidDataException("no")));
        Kit.EventFilter.Exception<ActorInitializationException>().ExpectOne(Fail);
        Kit.EventFilter.Exception<InvalidDataException>(checkInnerExceptions: true).ExpectOne(Fail);
        Failing.With(["it came 0 times"], () => Kit.EventFilter.Exception<InvalidDataException>().ExpectOne(Fail));
    }

    [Fact]
    public void Dead_letters_are_picked_by_type_predicate_and_sender()
    {
        var gone = Kit.ActorOf(BlackHoleActor.Props);
        Kit.Watch(gone);
        Kit.Sys.Stop(gone);
        Kit.ExpectTerminated(gone);
        var on = Kit.EventFilter;
        on.DeadLetter().ExpectOne(() => gone.Tell("a"));
        on.DeadLetter<string>().ExpectOne(() => gone.Tell("a"));
        on.DeadLetter(1.GetType()).ExpectOne(() => gone.Tell(1));
        on.DeadLetter<int>(n => n == 1).ExpectOne(() => gone.Tell(1));
        on.DeadLetter<int>(source: Kit.TestActor.Path.ToString()).ExpectOne(() => gone.Tell(1));
        on.DeadLetter<int>().Expect(0, () => gone.Tell("a"));
        Failing.With(["dead letter Int32; it came 0 times"], () => on.DeadLetter<int>().ExpectOne(() => gone.Tell("a")));
        Failing.With(["it came 0 times"], () => on.DeadLetter<int>(n => n == 2).ExpectOne(() => gone.Tell(1)));
        Failing.With(["it came 0 times"], () => on.DeadLetter<int>(source: "/user/x").ExpectOne(() => gone.Tell(1)));
        on.DeadLetter().Expect(0, () => gone.Tell(PoisonPill.Instance));
    }

    [Fact]
    public void Filters_are_combined()
    {
        Kit.EventFilter.Warning("line").And.DeadLetter<string>().Expect(2, () =>
        {
            _actor.Tell(LogLevel.Warning);
            Kit.Sys.DeadLetters.Tell("a");
        });
        Failing.With(["warning \"line\", or dead letter String; it came 1 times"], () =>
            Kit.EventFilter.Warning("line").And.DeadLetter<string>().Expect(2, () => _actor.Tell(LogLevel.Warning)));
    }

    [Fact]
    public async Task Async_forms_wait_for_the_action_and_the_events()
    {
        await Kit.EventFilter.Info("line").ExpectOneAsync(async () =>
        {
            await Task.Yield();
            _actor.Tell(LogLevel.Information);
        });
        Assert.Contains("it came 0 times", await Failing.WithAsync(() => Kit.EventFilter.Info("line").ExpectAsync(2, Ms(50), () => Task.CompletedTask)), StringComparison.Ordinal);
        Assert.Equal(5, Kit.EventFilter.Info("line").ExpectOne(() =>
        {
            _actor.Tell(LogLevel.Information);
            return 5;
        }));
    }

    [Fact]
    public void Event_may_come_late_and_not_too_late()
    {
        void Later() => Kit.Sys.Scheduler.ScheduleTellOnce(Ms(2000), _actor, LogLevel.Information, ActorRefs.NoSender);
        Kit.EventFilter.Info("line").ExpectOne(Later);
        Failing.With(["Expected 1 times within 1 s"], () => Kit.EventFilter.Info("line").ExpectOne(Ms(1000), Later));
    }

    [Fact]
    public void Muted_and_expected_lines_do_not_reach_the_output_others_do()
    {
        var shown = new List<string>();
        var listener = (TestEventListener)Kit.Sys.LoggerFactory;
        listener.Output = shown.Add;
        void Log(LogLevel level)
        {
            _actor.Tell(level);
            Kit.ExpectNoMsg();
        }

        using (Kit.EventFilter.Info().Mute()) Log(LogLevel.Information);
        Kit.EventFilter.Info().Mute(() => Log(LogLevel.Information));
        Kit.EventFilter.Info().ExpectOne(() => Log(LogLevel.Information));
        var mute = new Mute(new MuteAll());
        Kit.Sys.EventStream.Publish(mute);
        Log(LogLevel.Information);
        Log(LogLevel.Debug);
        Assert.Empty(shown);
        Kit.Sys.EventStream.Publish(new Unmute([.. mute.Filters]));
        Log(LogLevel.Debug);
        Log(LogLevel.Information);
        Assert.Equal(["Information actor-runtime://test/user/logging: line"], shown);
    }

    [Fact]
    public void Lines_about_muted_and_expected_dead_letters_are_not_shown_others_are()
    {
        var shown = new List<string>();
        ((TestEventListener)Kit.Sys.LoggerFactory).Output = shown.Add;
        Kit.EventFilter.DeadLetter<string>().ExpectOne(() => Kit.Sys.DeadLetters.Tell("a"));
        Kit.EventFilter.DeadLetter().Mute(() => Kit.Sys.DeadLetters.Tell(1));
        Assert.Empty(shown);
        Kit.EventFilter.DeadLetter<string>().Mute(() => Kit.Sys.DeadLetters.Tell(1));
        Assert.Contains("Dead letter System.Int32", Assert.Single(shown), StringComparison.Ordinal);
    }

    [Fact]
    public void System_without_a_listener_is_refused_with_the_remedy()
    {
        var environment = new ManualEnvironment();
        var system = ActorSystem.Create("bare", new EnvironmentSetup(environment));
        var cause = Assert.Throws<InvalidOperationException>(() => Kit.CreateEventFilter(system).Info().ExpectOne(() => { }));
        Assert.Contains("bare", cause.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(TestSystem), cause.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("^l.*e$")]
    private static partial Regex AnyLine();

    private sealed class MuteAll : EventFilterBase
    {
        public override bool Matches(LoggedLine line) => true;
    }

    private sealed class LoggingActor : ReceiveActor
    {
        public LoggingActor()
        {
            var log = Context.GetLogger();
            Receive<LogLevel>(level => log.Log(level, null, "line"));
            Receive<string>(reason => throw new InvalidDataException(reason));
        }
    }
}
