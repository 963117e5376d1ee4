using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.TestKit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorRuntime.Tests.Event;

/// <summary>What the keys of actor-runtime.actor.debug add to the log of one short life.</summary>
[Trait("Requirement", "AR-1")]
public sealed class DebugLogTests
{
    [Fact]
    public void Receive_logs_the_messages_of_actors_that_ask_for_it() => Assert.Equal(
        [
            "/user/top/child received handled message hello from /user/top",
            "/user/top/child received unhandled message 1 from /user/top",
            "/user/top/child received handled message subscribe from /user/top",
            "/user/top/child received handled message become from /user/top",
            "/user/top/child received unhandled message 2 from /user/top",
        ],
        LinesOf("receive"));

    [Fact]
    public void Autoreceive_logs_what_the_runtime_handles_itself() => Assert.Equal(
        ["/user/top/child <PoisonPill>", "/user/top <Terminated>:"], LinesOf("autoreceive").Select(line => $"{line.Split(' ')[0]} {line.Split(' ')[2]}"));

    [Fact]
    public void Lifecycle_logs_starts_restarts_ends_children_and_watchers() => Assert.Equal(
        [
            "/user/top now supervises [/user/top/child]",
            "/user/top started as Top",
            "/user/top/child started as Child",
            "/user/top/child now watched by [/user/top]",
            "/user/top/child restarts (null)",
            "/user/top/child restarted as Child",
            "/user/top/child stops (null)",
            "/user/top/child stopped (null)",
        ],
        LinesOf("lifecycle").Where(line => line.StartsWith("/user/top", StringComparison.Ordinal)));

    [Fact]
    public void Event_stream_logs_subscriptions() => Assert.Equal(
        ["/user/top/child subscribed to System.Version", "/user/top/child unsubscribed from all channels"],
        LinesOf("event-stream").Where(line => line.StartsWith("/user", StringComparison.Ordinal)));

    [Fact]
    public void Unhandled_warns_of_each()
    {
        var (log, _) = Live("unhandled");
        Assert.Equal([LogLevel.Warning, LogLevel.Warning], log.Lines.Where(line => line.Text.StartsWith("Unhandled", StringComparison.Ordinal)).Select(line => line.Level));
    }

    [Fact]
    public void Nothing_is_logged_by_default()
    {
        var (log, settings) = Live(null);
        Assert.DoesNotContain(log.Lines, line => line.Level == LogLevel.Debug || line.Text.StartsWith("Unhandled", StringComparison.Ordinal));
        Assert.False(settings.AddLoggingReceive || settings.DebugAutoReceive || settings.DebugLifecycle || settings.DebugEventStream || settings.DebugUnhandledMessage);
    }

    [Theory]
    [InlineData("receive")]
    [InlineData("autoreceive")]
    [InlineData("lifecycle")]
    [InlineData("event-stream")]
    [InlineData("unhandled")]
    public void Settings_tell_what_is_on(string key)
    {
        var (_, settings) = Live(key);
        Assert.Equal(
            [key == "receive", key == "autoreceive", key == "lifecycle", key == "event-stream", key == "unhandled"],
            [settings.AddLoggingReceive, settings.DebugAutoReceive, settings.DebugLifecycle, settings.DebugEventStream, settings.DebugUnhandledMessage]);
    }

    private static IEnumerable<string> LinesOf(string key) => Live(key).Log.Lines
        .Where(line => line.Level == LogLevel.Debug)
        .Select(line => line.Text.Replace("actor-runtime://life", "", StringComparison.Ordinal).Replace(typeof(DebugLogTests).FullName + "+", "", StringComparison.Ordinal))
        .Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"#\d+", ""));

    private static (RecordedLog Log, Settings Settings) Live(string? key)
    {
        var (log, environment) = (new RecordedLog(), new ManualEnvironment());
        var config = key is null ? Config.Empty : ConfigurationFactory.ParseString($"actor-runtime.actor.debug.{key} = on");
        var system = ActorSystem.Create("life", ActorSystemSetup.Create(
            new EnvironmentSetup(environment), new LoggerSetup(log), BootstrapSetup.Create().WithConfig(config)));
        var top = system.ActorOf(Props.Create<Top>(), "top");
        foreach (object message in (object[])["hello", 1, "subscribe", "become", 2, "fail", PoisonPill.Instance])
        {
            top.Tell(new ToChild(message), ActorRefs.NoSender);
            environment.RunUntilIdle();
        }

        var lived = log.Lines.Count;
        var ended = system.Terminate();
        Assert.True(environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1)));
        log.KeepFirst(lived);
        return (log, system.Settings);
    }

    private sealed record ToChild(object Message);

    private sealed class Top : ReceiveActor
    {
        private readonly IActorRef _child = Context.ActorOf(Props.Create<Child>(), "child");

        public Top()
        {
            Context.Watch(_child);
            Receive<ToChild>(message => _child.Tell(message.Message, Self));
            Receive<Terminated>(_ => { });
        }
    }

    private sealed class Child : ReceiveActor, ILogReceive
    {
        public Child()
        {
            Receive<string>(text => text == "hello", _ => { });
            Receive<string>(text => text == "subscribe", _ => Context.System.EventStream.Subscribe(Self, typeof(Version)));
            Receive<string>(text => text == "become", _ => Become(() => Receive<string>(_ => throw new InvalidOperationException("as it was told"))));
        }
    }
}
