using ActorRuntime.Actor;
using ActorRuntime.Event;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class LifecycleTests : ActorTest
{
    [Fact]
    public void Handlers_are_tried_in_order_and_predicates_decide()
    {
        var actor = System.ActorOf(Props.Create<Ordered>());
        foreach (var (message, answer) in new (object, string)[] { (1, "one"), (2, "int"), (3L, "long by type"), ("x", "any"), ('c', "any") })
        {
            Probe.Send(actor, message);
            Probe.ExpectMsg(answer);
        }
    }

    [Fact]
    public void A_message_nobody_takes_is_published()
    {
        System.EventStream.Subscribe(Probe.Ref, typeof(UnhandledMessage));
        var actor = System.ActorOf(Props.Empty);
        actor.Tell("x", Probe.Ref);
        var unhandled = Probe.ExpectMsg<UnhandledMessage>();
        Assert.Equal(("x", Probe.Ref, actor), (unhandled.Message, unhandled.Sender, unhandled.Recipient));
    }

    [Fact]
    public void Declaring_a_handler_in_a_handler_fails_the_actor()
    {
        var actor = System.ActorOf(Props.Create<DeclaresLate>());
        Probe.Send(actor, "go");
        Assert.IsType<InvalidOperationException>(Probe.ExpectMsg<Exception>());
    }

    [Fact]
    public void Become_replaces_stacked_pushes_and_pops_and_restart_returns_to_the_first()
    {
        var actor = System.ActorOf(Props.Create<Moody>());
        string Ask(string question)
        {
            Probe.Send(actor, question);
            return Probe.ExpectMsg<string>();
        }

        Assert.Equal("first", Ask("?"));
        actor.Tell("push");
        Assert.Equal("pushed", Ask("?"));
        actor.Tell("pop");
        Assert.Equal("first", Ask("?"));
        actor.Tell("become");
        Assert.Equal("second", Ask("?"));
        actor.Tell("push");
        actor.Tell("pop");
        Assert.Equal("second", Ask("?"));
        actor.Tell("pop");
        Assert.Equal("first", Ask("?"));
        actor.Tell("pop");
        Assert.Equal("first", Ask("?"));
        actor.Tell("become");
        actor.Tell("boom");
        Assert.Equal("first", Ask("?"));
    }

    [Fact]
    public void Become_inside_a_configuration_does_not_mix_the_sets()
    {
        var actor = System.ActorOf(Props.Create<Nested>());
        actor.Tell("go");
        Probe.Send(actor, "inner?");
        Probe.ExpectNoMsg();
        Probe.Send(actor, "outer?");
        Probe.ExpectMsg("outer");
    }

    [Fact]
    public void Around_hooks_wrap_the_plain_ones_and_AroundReceive_sees_every_message()
    {
        var log = new List<string>();
        var actor = System.ActorOf(Props.Create(() => new Wrapped(log)));
        actor.Tell("m");
        actor.Tell("boom");
        actor.Tell(PoisonPill.Instance);
        Run();
        Assert.Equal(
            [
                "around start", "start", "end start", "around m", "m", "around boom", "boom", "around prerestart", "stop",
                "around postrestart", "around start?no", "start", "around stop", "stop",
            ],
            log);
    }

    private sealed class Ordered : ReceiveActor
    {
        public Ordered()
        {
            Receive<int>(n => n == 1, _ => Sender.Tell("one"));
            Receive<int>(_ => Sender.Tell("int"));
            Receive(typeof(long), _ => Sender.Tell("long by type"));
            Receive<string>(_ => false);
            ReceiveAny(_ => Sender.Tell("any"));
        }
    }

    private sealed class DeclaresLate : ReceiveActor
    {
        public DeclaresLate() => Receive<string>(_ =>
        {
            try
            {
                Receive<int>(_ => { });
            }
            catch (InvalidOperationException cause)
            {
                Sender.Tell(cause);
            }
        });
    }

    private sealed class Moody : ReceiveActor
    {
        public Moody() => Handlers("first");

        private void Handlers(string mood)
        {
            Receive<string>(m => m == "?", _ => Sender.Tell(mood));
            Receive<string>(m => m == "push", _ => BecomeStacked(() => Handlers("pushed")));
            Receive<string>(m => m == "become", _ => Become(() => Handlers("second")));
            Receive<string>(m => m == "pop", _ => UnbecomeStacked());
            Receive<string>(m => m == "boom", _ => throw new InvalidOperationException());
        }
    }

    private sealed class Nested : ReceiveActor
    {
        public Nested() => Receive<string>(_ => Become(() =>
        {
            Receive<string>(m => m == "outer?", _ => Sender.Tell("outer"));
            Become(() => Receive<string>(m => m == "inner?", _ => Sender.Tell("inner")));
        }));
    }

    private sealed class Wrapped(List<string> log) : UntypedActor
    {
        public override void AroundPreStart()
        {
            log.Add("around start");
            base.AroundPreStart();
            log.Add("end start");
        }

        public override void AroundPreRestart(Exception cause, object? message)
        {
            log.Add("around prerestart");
            base.AroundPreRestart(cause, message);
        }

        public override void AroundPostRestart(Exception cause, object? message)
        {
            log.Add("around postrestart");
            log.Add("around start?no");
            base.AroundPostRestart(cause, message);
        }

        public override void AroundPostStop()
        {
            log.Add("around stop");
            base.AroundPostStop();
        }

        protected internal override bool AroundReceive(Receive receive, object message)
        {
            log.Add("around " + message);
            return base.AroundReceive(receive, message);
        }

        protected override void OnReceive(object message)
        {
            log.Add((string)message);
            if (message is "boom") throw new InvalidOperationException();
        }

        protected override void PreStart() => log.Add("start");

        protected override void PostStop() => log.Add("stop");
    }
}
