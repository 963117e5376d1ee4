using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class SupervisionTests : ActorTest
{
    private readonly List<string> _log = [];

    [Fact]
    public void Restart_replaces_the_instance_keeps_the_ref_and_tells_the_failed_message_to_PreRestart()
    {
        var child = Start("c", new OneForOneStrategy(_ => Directive.Restart));
        var before = child.Path.Uid;
        child.Tell(new Boom("first"));
        child.Tell("next");
        Run();
        Assert.Equal(["c:start", "c:prerestart Boom first", "c:stop", "c:postrestart first", "c:start", "c:next"], _log);
        Assert.Equal(before, child.Path.Uid);
    }

    [Fact]
    public void Resume_keeps_the_instance_and_goes_on_with_the_next_message()
    {
        var child = Start("c", new OneForOneStrategy(_ => Directive.Resume));
        child.Tell(new Boom("x"));
        child.Tell("next");
        Run();
        Assert.Equal(["c:start", "c:next"], _log);
    }

    [Fact]
    public void Stop_ends_the_child_and_the_rest_of_its_queue_becomes_dead_letters()
    {
        var child = Start("c", new OneForOneStrategy(_ => Directive.Stop));
        Probe.Watch(child);
        System.EventStream.Subscribe(Probe.Ref, typeof(ActorRuntime.Event.DeadLetter));
        child.Tell(new Boom("x"));
        child.Tell("late");
        var messages = new[] { Probe.ReceiveOne(), Probe.ReceiveOne() };
        Assert.Single(messages.OfType<Terminated>());
        Assert.Equal("late", messages.OfType<ActorRuntime.Event.DeadLetter>().Single().Message);
        Assert.Equal(["c:start", "c:stop"], _log);
    }

    [Fact]
    public void Escalated_failure_restarts_the_parent_and_with_it_the_child()
    {
        var grandparent = System.ActorOf(FunctionActor.Props(
            (m, c) => { },
            new FunctionActor.Hooks
            {
                Strategy = new OneForOneStrategy(_ => Directive.Restart),
                PreStart = c => c.ActorOf(Parent("p", new OneForOneStrategy(_ => Directive.Escalate), "c"), "p"),
            }));
        Run();
        Child(grandparent, "p", "c").Tell(new Boom("up"));
        Run();
        Assert.Equal(["p:start", "c:start", "p:prerestart nothing up", "p:stop", "c:stop", "p:postrestart up", "p:start", "c:start"], _log);
    }

    [Fact]
    public void Escalation_up_to_the_user_guardian_ends_the_system()
    {
        var strict = System.ActorOf(FunctionActor.Props((m, _) => throw new ActorRuntime.Util.InvariantException("x == y")));
        strict.Tell("go");
        Assert.True(Environment.RunUntil(() => System.WhenTerminated.IsCompleted, Ms(1000)));
    }

    [Fact]
    public void Restart_limit_within_its_window_stops_the_child_and_a_new_window_counts_anew()
    {
        var child = Start("c", new OneForOneStrategy(2, TimeSpan.FromSeconds(1), _ => Directive.Restart));
        Probe.Watch(child);
        child.Tell(new Boom("1"));
        child.Tell(new Boom("2"));
        Run();
        Environment.Advance(TimeSpan.FromSeconds(2));
        child.Tell(new Boom("3"));
        child.Tell(new Boom("4"));
        Probe.ExpectNoMsg();
        child.Tell(new Boom("5"));
        Probe.ExpectTerminated(child);
    }

    [Fact]
    public void All_for_one_restarts_all_siblings_once_and_holds_their_messages_meanwhile()
    {
        var parent = System.ActorOf(Parent("p", new AllForOneStrategy(_ => Directive.Restart), "a", "b", "c"), "p");
        Run();
        _log.Clear();
        Child(parent, "b").Tell(new Boom("x"));
        foreach (var name in new[] { "a", "b", "c" }) Child(parent, name).Tell("after");
        Run();
        foreach (var name in new[] { "a", "b", "c" })
        {
            Assert.Equal(1, _log.Count(l => l == name + ":start"));
            Assert.Equal(1, _log.Count(l => l == name + ":after"));
        }

        Assert.True(_log.IndexOf("b:start") < _log.IndexOf("b:after"));
    }

    [Fact]
    public void All_for_one_stop_ends_all_siblings()
    {
        var parent = System.ActorOf(Parent("p", new AllForOneStrategy(_ => Directive.Stop), "a", "b"), "p");
        Run();
        Child(parent, "a").Tell(new Boom("x"));
        Run();
        Assert.True(Child(parent, "a").IsNobody());
        Assert.True(Child(parent, "b").IsNobody());
    }

    [Fact]
    public void Failure_in_constructor_or_PreStart_stops_by_default_with_the_cause_inside()
    {
        Exception? seen = null;
        var parent = System.ActorOf(FunctionActor.Props(
            (m, c) => c.ActorOf((Props)m, "broken"),
            new FunctionActor.Hooks
            {
                Strategy = new OneForOneStrategy(e =>
                {
                    seen = e;
                    return SupervisorStrategy.DefaultDecider.Decide(e);
                }),
            }));
        parent.Tell(Props.CreateBy<FunctionActor>(() => throw new InvalidOperationException("no way")));
        Run();
        Assert.IsType<ActorInitializationException>(seen);
        Assert.Equal("no way", seen.InnerException!.Message);
        Assert.True(Child(parent, "broken").IsNobody());
    }

    [Fact]
    public void Failed_creation_can_be_restarted_until_it_works()
    {
        var attempts = 0;
        var child = Start(
            "c",
            new OneForOneStrategy(_ => Directive.Restart),
            Props.CreateBy(() => ++attempts < 3 ? throw new InvalidOperationException("not yet") : new FunctionActor((m, c) => _log.Add("got " + m))));
        child.Tell("hello");
        Run();
        Assert.Equal(3, attempts);
        Assert.Equal(["got hello"], _log);
    }

    [Fact]
    public void Failure_after_restart_goes_to_the_supervisor_again()
    {
        var failures = 0;
        var child = Start(
            "c",
            new OneForOneStrategy(e =>
            {
                failures++;
                return e is PostRestartException ? Directive.Stop : Directive.Restart;
            }),
            FunctionActor.Props((m, _) => throw new InvalidOperationException("1"), new FunctionActor.Hooks { PostRestart = _ => throw new InvalidOperationException("2") }));
        Probe.Watch(child);
        child.Tell("go");
        Probe.ExpectTerminated(child);
        Assert.Equal(2, failures);
    }

    [Fact]
    public void Restart_waits_for_children_that_are_told_to_stop()
    {
        var child = Start("c", new OneForOneStrategy(_ => Directive.Restart), Parent("c", SupervisorStrategy.DefaultStrategy, "x", "y"));
        child.Tell(new Boom("b"));
        Run();
        Assert.Equal(
            ["c:start", "x:start", "y:start", "c:prerestart Boom b", "c:stop", "x:stop", "y:stop", "c:postrestart b", "c:start", "x:start", "y:start"],
            _log);
    }

    [Fact]
    public void Children_that_are_kept_over_a_restart_are_restarted_too()
    {
        var child = Start("c", new OneForOneStrategy(_ => Directive.Restart), Parent("c", SupervisorStrategy.DefaultStrategy, keep: true, "x"));
        Run();
        _log.Clear();
        child.Tell(new Boom("b"));
        Run();
        Assert.Equal(1, _log.Count(l => l == "x:start"));
        Assert.Equal(1, _log.Count(l => l == "x:prerestart nothing b"));
    }

    [Fact]
    public void Many_children_failing_at_once_are_each_restarted_once()
    {
        var names = Enumerable.Range(0, 200).Select(i => "n" + i).ToArray();
        var parent = System.ActorOf(Parent("p", new OneForOneStrategy(_ => Directive.Restart), names));
        Run();
        _log.Clear();
        foreach (var name in names) Child(parent, name).Tell(new Boom("x"));
        Run();
        foreach (var name in names) Assert.Equal(1, _log.Count(l => l == name + ":start"));
        Assert.All(names, name => Assert.False(Child(parent, name).IsNobody()));
    }

    [Fact]
    public void A_strategy_on_props_wins_over_the_actors_own()
    {
        var parent = System.ActorOf(Parent("p", new OneForOneStrategy(_ => Directive.Restart), "c").WithSupervisorStrategy(SupervisorStrategy.StoppingStrategy));
        Run();
        Child(parent, "c").Tell(new Boom("x"));
        Run();
        Assert.True(Child(parent, "c").IsNobody());
    }

    [Fact]
    public void Exception_in_the_decider_fails_the_supervisor()
    {
        var parent = System.ActorOf(Parent("p", new OneForOneStrategy(_ => throw new InvalidOperationException("decider")), "c"));
        Run();
        Child(parent, "c").Tell(new Boom("x"));
        Run();
        Assert.Contains("p:postrestart decider", _log);
    }

    [Fact]
    public void Kill_fails_the_actor_and_the_supervisor_decides()
    {
        var restarted = Start("c", new OneForOneStrategy(e => e is ActorKilledException ? Directive.Restart : Directive.Escalate));
        restarted.Tell(Kill.Instance);
        restarted.Tell("alive");
        Run();
        Assert.Equal("c:alive", _log[^1]);

        var stopped = System.ActorOf(FunctionActor.Props((_, _) => { }));
        Probe.Watch(stopped);
        stopped.Tell(Kill.Instance);
        Probe.ExpectTerminated(stopped);
    }

    [Fact]
    public void Deciders_from_tables_take_the_first_type_that_fits()
    {
        var decider = Decider.From(Directive.Escalate, Directive.Stop.When<ArgumentException>(), Directive.Resume.When<SystemException>());
        Assert.Equal(Directive.Stop, decider.Decide(new ArgumentNullException()));
        Assert.Equal(Directive.Resume, decider.Decide(new InvalidOperationException()));
        Assert.Equal(Directive.Escalate, decider.Decide(new ActorKilledException("x")));
    }

    internal static IActorRef Child(IActorRef parent, params string[] names) => ((IInternalActorRef)parent).GetChild(names);

    private IActorRef Start(string name, SupervisorStrategy strategy, Props? props = null)
    {
        var parent = System.ActorOf(FunctionActor.Props(
            (_, _) => { }, new FunctionActor.Hooks { Strategy = strategy, PreStart = c => c.ActorOf(props ?? Logging(name), name) }));
        Run();
        return Child(parent, name);
    }

    private Props Logging(string name) => Parent(name, SupervisorStrategy.DefaultStrategy);

    private Props Parent(string name, SupervisorStrategy strategy, params string[] children) => Parent(name, strategy, keep: false, children);

    private Props Parent(string name, SupervisorStrategy strategy, bool keep, params string[] children) => FunctionActor.Props(
        (m, c) =>
        {
            if (m is Boom boom) throw new InvalidOperationException(boom.Text);
            _log.Add($"{name}:{m}");
        },
        new FunctionActor.Hooks
        {
            Strategy = strategy,
            KeepChildren = keep,
            PreStart = c =>
            {
                _log.Add(name + ":start");
                foreach (var child in children)
                {
                    if (c.Child(child).IsNobody()) c.ActorOf(Logging(child), child);
                }
            },
            PostStop = () => _log.Add(name + ":stop"),
            PreRestart = (cause, message) => _log.Add($"{name}:prerestart {message?.GetType().Name ?? "nothing"} {cause.Message}"),
            PostRestart = cause => _log.Add($"{name}:postrestart {cause.Message}"),
        });

    private sealed record Boom(string Text);
}
