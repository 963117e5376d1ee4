using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class DeathWatchTests : ActorTest
{
    [Fact]
    public void Each_watcher_is_told_once_also_when_it_watched_twice_or_too_late()
    {
        var actor = System.ActorOf(Props.Empty);
        using var late = new ActorRuntime.TestKit.TestProbe(System);
        Probe.Watch(actor);
        Probe.Watch(actor);
        System.Stop(actor);
        var terminated = Probe.ExpectTerminated(actor);
        Assert.True(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
        Probe.ExpectNoMsg();
        late.Watch(actor);
        late.ExpectTerminated(actor);
        late.ExpectNoMsg();
    }

    [Fact]
    public void A_ref_that_never_lived_is_reported_without_confirmed_existence()
    {
        var nobody = ((ExtendedActorSystem)System).Provider.ResolveActorRef("actor-runtime://test/user/nobody");
        Probe.Watch(nobody);
        Assert.False(Probe.ExpectTerminated(nobody).ExistenceConfirmed);
    }

    [Fact]
    public void Unwatch_drops_a_notice_that_is_already_queued()
    {
        var target = System.ActorOf(Props.Empty);
        var seen = new List<object>();
        var gate = new TaskCompletionSource();
        var watcher = System.ActorOf(Props.CreateBy(() => new Unwatcher(target, gate.Task, seen)));
        watcher.Tell("hold");
        Run();
        System.Stop(target);
        Run();
        gate.SetResult();
        watcher.Tell("after");
        Run();
        Assert.Equal(["after"], seen);
    }

    [Fact]
    public void Restart_is_no_end()
    {
        var actor = System.ActorOf(FunctionActor.Props((_, _) => throw new InvalidOperationException()));
        Probe.Watch(actor);
        actor.Tell("boom");
        Probe.ExpectNoMsg();
    }

    [Fact]
    public void WatchWith_delivers_that_message_and_an_unhandled_notice_ends_the_watcher()
    {
        var target = System.ActorOf(Props.Empty);
        var watching = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is IActorRef actor) c.WatchWith(actor, "gone");
            else Probe.Ref.Tell(m);
        }));
        var pact = System.ActorOf(Props.CreateBy(() => new Pact(target)));
        Probe.Watch(pact);
        watching.Tell(target);
        Run();
        System.Stop(target);
        var messages = new[] { Probe.ReceiveOne(), Probe.ReceiveOne() };
        Assert.Contains("gone", messages);
        Assert.Equal(pact, messages.OfType<Terminated>().Single().ActorRef);
    }

    [Fact]
    public void Watching_again_with_another_message_is_refused()
    {
        var target = System.ActorOf(Props.Empty);
        var actor = System.ActorOf(FunctionActor.Props((_, c) =>
        {
            c.Watch(target);
            c.Sender.Tell(Record.Exception(() => c.WatchWith(target, "x")) is InvalidOperationException);
        }));
        Probe.Send(actor, "go");
        Probe.ExpectMsg(true);
    }

    [Fact]
    public void A_child_can_be_replaced_under_its_name_when_its_notice_was_handled()
    {
        var generations = new List<IActorRef>();
        var parent = System.ActorOf(FunctionActor.Props(
            (m, c) =>
            {
                if (m is Terminated) generations.Add(c.Watch(c.ActorOf(Props.Empty, "kid")));
                else c.Stop(c.Child("kid"));
            },
            new FunctionActor.Hooks { PreStart = c => generations.Add(c.Watch(c.ActorOf(Props.Empty, "kid"))) }));
        for (var i = 0; i < 3; i++)
        {
            parent.Tell("stop");
            Run();
        }

        Assert.Equal(4, generations.Distinct().Count());
    }

    [Fact]
    public void The_end_of_an_address_ends_all_watched_refs_of_it_and_only_those()
    {
        var address = new Address("actor-runtime.tcp", "other", "host", 1);
        var lost = new SilentRef(new RootActorPath(address) / "user" / "a");
        var kept = new SilentRef(new RootActorPath(new Address("actor-runtime.tcp", "other", "host", 2)) / "user" / "a");
        Probe.Watch(lost);
        Probe.Watch(kept);
        Run();
        System.EventStream.Publish(new AddressTerminated(address));
        var terminated = Probe.ExpectTerminated(lost);
        Assert.True(terminated.AddressTerminated);
        Assert.False(terminated.ExistenceConfirmed);
        Probe.ExpectNoMsg();
        Assert.Equal(["Watch"], kept.Received);
        Probe.Unwatch(kept);
        Run();
        Assert.Equal(["Watch", "Unwatch"], kept.Received);
    }

    [Fact]
    public void The_end_of_a_watcher_unwatches()
    {
        var remote = new SilentRef(new RootActorPath(new Address("actor-runtime.tcp", "other", "host", 2)) / "user" / "a");
        var watcher = System.ActorOf(Props.CreateBy(() => new Pact(remote)));
        Run();
        System.Stop(watcher);
        Run();
        Assert.Equal(["Watch", "Unwatch"], remote.Received);
    }

    [Fact]
    public void The_end_of_a_parent_ends_all_below_first()
    {
        var order = new List<string>();
        var parent = System.ActorOf(FunctionActor.Props(
            (_, _) => { },
            new FunctionActor.Hooks
            {
                PreStart = c => c.ActorOf(FunctionActor.Props((_, _) => { }, new FunctionActor.Hooks { PostStop = () => order.Add("child") })),
                PostStop = () => order.Add("parent"),
            }));
        Run();
        System.Stop(parent);
        Run();
        Assert.Equal(["child", "parent"], order);
    }

    [Fact]
    public void Watchers_elsewhere_are_told_before_the_parent_and_watchers_here_after_it()
    {
        // What is told first runs first: all of it goes through the one queue of the environment.
        var order = new List<string>();
        var parent = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is Terminated) order.Add("parent");
            else Probe.Ref.Tell(c.Watch(c.ActorOf((Props)m)));
        }));
        parent.Tell(Props.Empty);
        var child = Probe.ExpectMsg<IInternalActorRef>();
        var here = System.ActorOf(FunctionActor.Props((m, c) =>
        {
            if (m is Terminated) order.Add("here");
            else c.Watch(child);
        }));
        here.Tell("watch");
        var elsewhere = new QueueingRef(Environment, () => order.Add("elsewhere"));
        child.SendSystemMessage(new Watch(child, elsewhere));
        Run();
        System.Stop(child);
        Run();
        Assert.Equal(["elsewhere", "parent", "here"], order);
    }

    /// <summary>An actor of another system: a notice to it waits its turn as everything does.</summary>
    private sealed class QueueingRef(ActorRuntime.TestKit.ManualEnvironment environment, Action onNotice) : MinimalActorRef
    {
        private readonly IWorker _worker = environment.StartWorker("elsewhere");

        public override ActorPath Path { get; } = new RootActorPath(new Address("actor-runtime.tcp", "other", "host", 1)) / "user" / "watcher";

        public override IActorRefProvider Provider => throw new NotSupportedException();

        public override bool IsLocal => false;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification) _worker.Post(onNotice);
        }
    }

    private sealed class SilentRef(ActorPath path) : MinimalActorRef
    {
        public List<string> Received { get; } = [];

        public override ActorPath Path { get; } = path;

        public override IActorRefProvider Provider => throw new NotSupportedException();

        public override void SendSystemMessage(ISystemMessage message) => Received.Add(message.GetType().Name);
    }

    private sealed class Pact : ReceiveActor
    {
        public Pact(IActorRef target)
        {
            Context.Watch(target);
            Receive<string>(_ => { });
        }
    }

    private sealed class Unwatcher : ReceiveActor
    {
        public Unwatcher(IActorRef target, Task gate, List<object> seen)
        {
            Context.Watch(target);
            ReceiveAsync<string>(m => m == "hold", async _ =>
            {
                await gate;
                Context.Unwatch(target);
            });
            ReceiveAny(seen.Add);
        }
    }
}
