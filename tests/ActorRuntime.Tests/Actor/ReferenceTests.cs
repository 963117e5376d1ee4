using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class ReferenceTests : ActorTest
{
    [Fact]
    public void Refs_are_equal_only_when_path_and_incarnation_agree()
    {
        var first = System.ActorOf(Props.Empty, "a");
        Probe.Watch(first);
        System.Stop(first);
        Probe.ExpectTerminated(first);
        var second = System.ActorOf(Props.Empty, "a");
        Assert.Equal(first.Path, second.Path);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
        Assert.Equal(second, ((ExtendedActorSystem)System).Provider.ResolveActorRef(second.Path));
    }

    [Fact]
    public void A_path_of_a_former_incarnation_resolves_to_a_dead_ref()
    {
        var first = System.ActorOf(Props.Empty, "a");
        Probe.Watch(first);
        System.Stop(first);
        Probe.ExpectTerminated(first);
        System.ActorOf(Props.Empty, "a");
        var resolved = ((ExtendedActorSystem)System).Provider.ResolveActorRef(first.Path.ToSerializationFormat());
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        resolved.Tell("lost");
        Assert.Equal("lost", Probe.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public void Constructing_an_actor_outside_of_its_cell_throws()
    {
        Assert.Throws<ActorInitializationException>(() => new Plain());
        var nested = System.ActorOf(FunctionActor.Props((_, c) =>
        {
            var cause = Assert.Throws<ActorInitializationException>(() => new Plain());
            c.Sender.Tell(cause.Message);
        }));
        Probe.Send(nested, "go");
        Assert.Contains("new", Probe.ExpectMsg<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void ActorOf_nests_in_constructors_and_each_level_keeps_its_context()
    {
        var top = System.ActorOf(Props.Create(() => new Level(3, Probe.Ref)), "l3");
        Assert.Equal([1, 2, 3], new[] { Probe.ExpectMsg<int>(), Probe.ExpectMsg<int>(), Probe.ExpectMsg<int>() }.Order());
        Assert.Equal("/user/l3/l2/l1", SupervisionTests.Child(top, "l2", "l1").Path.ToStringWithoutAddress());
    }

    [Fact]
    public void Sender_is_dead_letters_when_there_is_none()
    {
        IActorRef? sender = null;
        System.ActorOf(FunctionActor.Props((_, c) => sender = c.Sender)).Tell("x", ActorRefs.NoSender);
        Run();
        Assert.Same(System.DeadLetters, sender);
    }

    [Fact]
    public void PoisonPill_stops_after_what_is_queued_and_the_rest_becomes_dead_letters()
    {
        var seen = new List<object>();
        var actor = System.ActorOf(FunctionActor.Props((m, _) => seen.Add(m)));
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        actor.Tell(1);
        actor.Tell(PoisonPill.Instance);
        actor.Tell(2);
        Assert.Equal(2, Probe.ExpectMsg<DeadLetter>().Message);
        Assert.Equal([1], seen);
        actor.Tell(3);
        Assert.Equal(actor, Probe.ExpectMsg<DeadLetter>().Recipient);
    }

    [Fact]
    public void Child_finds_living_children_only()
    {
        var parent = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is "make") c.Watch(c.ActorOf(Props.Empty, "kid"));
            if (m is "stop") c.Stop(c.Child("kid"));
            if (m is "look") c.Sender.Tell(c.Child("kid").IsNobody());
        }));
        Probe.Send(parent, "look");
        Probe.ExpectMsg(true);
        parent.Tell("make");
        Probe.Send(parent, "look");
        Probe.ExpectMsg(false);
        parent.Tell("stop");
        Run();
        Probe.Send(parent, "look");
        Probe.ExpectMsg(true);
    }

    [Fact]
    public void A_taken_or_malformed_name_is_refused()
    {
        System.ActorOf(Props.Empty, "a");
        Assert.Throws<InvalidActorNameException>(() => System.ActorOf(Props.Empty, "a"));
        foreach (var name in new[] { "", "$x", "a/b", "a b", "ä", "%zz" }) Assert.Throws<InvalidActorNameException>(() => System.ActorOf(Props.Empty, name));
        System.ActorOf(Props.Empty, "a%20b-_.*$+:@&=,!~';()");
    }

    [Fact]
    public void Props_come_from_types_arguments_expressions_and_functions()
    {
        var text = "b";
        Assert.Equal([1, "b"], Props.Create(() => new WithArguments(1, text)).Arguments);
        Assert.Equal(typeof(WithArguments), Props.Create<WithArguments>(2, "c").Type);
        var type = typeof(WithArguments);
        Assert.Equal(Props.Create(type, 2, "c"), Props.Create<WithArguments>(2, "c"));
        Assert.Throws<ArgumentNullException>(() => Props.Create(null!, 1));
        Assert.Throws<ArgumentException>(() => Props.Create<WithArguments>("wrong"));
        Assert.Throws<ArgumentException>(() => Props.Create(typeof(string)));
        Assert.Null(Props.Empty.SupervisorStrategy);
        Assert.Same(SupervisorStrategy.StoppingStrategy, Props.Empty.WithSupervisorStrategy(SupervisorStrategy.StoppingStrategy).SupervisorStrategy);
        Probe.Send(System.ActorOf(Props.Create<WithArguments>(7)), "?");
        Probe.ExpectMsg("7default");
    }

    [Fact]
    public void Names_of_a_relative_path_are_found_and_a_scheme_is_none()
    {
        foreach (var path in new[] { "a", "/a", "a/b/c", "a%20b", "a#123" }) Assert.NotNull(RelativeActorPath.Unapply(path));
        Assert.Null(RelativeActorPath.Unapply("actor-runtime://sys/user/a"));
    }

    [Fact]
    public void Graceful_stop_ends_with_the_actor_or_is_cancelled_in_time()
    {
        var actor = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is "stop") c.Stop(c.Self);
        }));
        Assert.Throws<TaskCanceledException>(() => Result(actor.GracefulStop(Ms(100), "ignored")));
        Assert.True(Result(actor.GracefulStop(Ms(100), "stop")));
        Assert.True(Result(actor.GracefulStop(Ms(100))));
        Assert.True(Result(actor.WatchAsync()));
    }

    [Fact]
    public void Many_systems_live_side_by_side_and_terminate_leaves_nothing()
    {
        var other = new ActorRuntime.TestKit.ManualEnvironment(2);
        var second = ActorSystem.Create("test", new ActorRuntime.Actor.Setup.EnvironmentSetup(other));
        second.ActorOf(Props.Empty, "a");
        var order = new List<string>();
        second.RegisterOnTermination(() => order.Add("first"));
        second.RegisterOnTermination(() => order.Add("second"));
        var ended = second.Terminate();
        Assert.Same(ended, second.Terminate());
        other.RunUntil(() => ended.IsCompleted, Ms(1000));
        Assert.True(second.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(["second", "first"], order);
        Assert.Equal(0, other.TimerCount);
        Assert.Throws<InvalidOperationException>(() => second.ActorOf(Props.Empty));
        Assert.False(System.WhenTerminated.IsCompleted);
    }

    private sealed class Plain : ActorBase
    {
        protected override bool Receive(object message) => true;
    }

    private sealed class Level : ReceiveActor
    {
        public Level(int level, IActorRef probe)
        {
            var child = level > 1 ? Context.ActorOf(Props.Create(() => new Level(level - 1, probe)), "l" + (level - 1)) : null;
            Assert.Equal("l" + level, Context.Self.Path.Name);
            Assert.Equal(Self, child is null ? Self : ((IInternalActorRef)child).Parent);
            probe.Tell(level);
        }
    }

    private sealed class WithArguments : ReceiveActor
    {
        internal WithArguments(int number, string text = "default") => ReceiveAny(_ => Sender.Tell(number + text));
    }
}
