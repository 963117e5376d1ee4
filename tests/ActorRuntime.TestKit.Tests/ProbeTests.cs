using ActorRuntime.Actor;
using ActorRuntime.TestKit.TestActors;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Probes, senders, pilots and children of the test actor.</summary>
public sealed class ProbeTests : KitTest
{
    [Fact]
    public void What_the_test_sends_carries_the_test_actor_and_probes_do_not_change_that()
    {
        var probe = Kit.CreateTestProbe();
        var other = Kit.CreateTestActor("another");
        probe.Ref.Tell("a");
        probe.ExpectMsgFrom(Kit.TestActor, "a");
        Assert.NotEqual(other, probe.LastSender);
    }

    [Fact]
    public async Task Sender_is_kept_after_an_await_and_on_other_threads_of_the_test()
    {
        var probe = Kit.CreateTestProbe();
        await Task.Yield();
        probe.Ref.Tell("a");
        await Task.Run(() => probe.Ref.Tell("b"));
        probe.ExpectMsgFrom(Kit.TestActor, "a");
        probe.ExpectMsgFrom(Kit.TestActor, "b");
    }

    [Fact]
    public void Actors_send_as_themselves()
    {
        var echo = Kit.ActorOf<ForwardingActor>();
        var probe = Kit.CreateTestProbe();
        echo.Tell(probe.Ref);
        probe.ExpectMsgFrom<string>(echo);
    }

    [Fact]
    public void Probe_replies_and_forwards_with_the_right_senders()
    {
        var (asking, passing, last) = (Kit.CreateTestProbe(), Kit.CreateTestProbe("passing"), Kit.CreateTestProbe());
        asking.Send(passing, "question");
        passing.ExpectMsg("question");
        passing.Forward(last);
        passing.Reply("answer");
        last.ExpectMsgFrom(asking, "question");
        asking.ExpectMsgFrom(passing, "answer");
        Assert.Throws<InvalidOperationException>(() => Kit.CreateTestProbe().Forward(last));
        Assert.Equal("/system/passing", passing.Path.ToStringWithoutAddress());
    }

    [Fact]
    public void Probe_is_a_reference_that_equals_its_own()
    {
        var probe = Kit.CreateTestProbe();
        IActorRef reference = probe;
        Assert.True(probe.Ref.Equals(reference));
        Assert.True(reference.Equals(probe.Ref));
        Assert.Equal(probe.Ref.GetHashCode(), reference.GetHashCode());
        Kit.Watch(probe);
        Kit.Sys.Stop(probe);
        Kit.ExpectTerminated(probe);
    }

    [Fact]
    public void Pilot_answers_and_the_test_sees_the_messages_all_the_same()
    {
        var service = Kit.CreateTestProbe();
        service.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell("re " + message, service);
            return message is "last" ? NoAutoPilot.Instance : KeepRunning.Instance;
        }));
        foreach (var message in new[] { "a", "last", "b" }) service.Ref.Tell(message);
        Kit.ExpectMsg("re a");
        Kit.ExpectMsg("re last");
        Kit.ExpectNoMsg();
        Assert.Equal(["a", "last", "b"], service.ReceiveN(3));
    }

    [Fact]
    public void Pilot_may_hand_over_to_another()
    {
        var service = Kit.CreateTestProbe();
        service.SetAutoPilot(new DelegateAutoPilot((_, _) => new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell(message, service);
            return KeepRunning.Instance;
        })));
        for (var i = 0; i < 3; i++) service.Ref.Tell(i);
        Kit.ExpectMsg(1);
        Kit.ExpectMsg(2);
    }

    [Fact]
    public void Child_has_the_test_actor_as_parent_and_the_strategy_given()
    {
        var restarted = Kit.ChildActorOf(Props.Create<FragileActor>(), "restarted");
        var resumed = Kit.ChildActorOf(Props.Create<FragileActor>(), new OneForOneStrategy(_ => Directive.Resume));
        var stopped = Kit.ChildActorOf(Props.Create<FragileActor>(), SupervisorStrategy.StoppingStrategy);
        Assert.Equal(Kit.TestActor.Path / "restarted", restarted.Path);
        foreach (var child in new[] { restarted, resumed, stopped })
        {
            Kit.Watch(child);
            child.Tell("count");
            Kit.ExpectMsg(1);
            child.Tell("fail");
        }

        Kit.ExpectTerminated(stopped);
        restarted.Tell("count");
        Kit.ExpectMsg(1);
        resumed.Tell("count");
        Kit.ExpectMsg(2);
    }

    [Fact]
    public void Ready_made_actors_do_what_they_are_named_for()
    {
        var probe = Kit.CreateTestProbe();
        probe.Send(Kit.ActorOf(EchoActor.Props(Kit)), "both");
        Kit.ExpectMsgFrom(probe, "both");
        probe.ExpectMsg("both");
        probe.Send(Kit.ActorOf(EchoActor.Props(Kit, echoBackToSenderAsWell: false)), "one");
        Kit.ExpectMsg("one");
        probe.ExpectNoMsg();
        probe.Send(Kit.ActorOf(SimpleEchoActor.Props()), "back");
        probe.ExpectMsg("back");
        probe.Send(Kit.ActorOf(BlackHoleActor.Props), "gone");
        probe.ExpectNoMsg();
        Kit.EventFilter.Warning(start: "Unhandled message").ExpectOne(() => Kit.ActorOf<UnhandledMessageActor>().Tell("what"));
    }

    private sealed class ForwardingActor : ReceiveActor
    {
        public ForwardingActor() => Receive<IActorRef>(target => target.Tell("from me"));
    }

    private sealed class FragileActor : ReceiveActor
    {
        private int _count;

        public FragileActor()
        {
            Receive<string>(text => text == "count", _ => Sender.Tell(++_count));
            ReceiveAny(_ => throw new InvalidDataException("fragile"));
        }
    }
}
