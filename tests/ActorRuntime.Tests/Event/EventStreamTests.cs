using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.TestKit;
using Xunit;

namespace ActorRuntime.Tests.Event;

[Trait("Requirement", "AR-1")]
public sealed class EventStreamTests : ActorTest
{
    [Fact]
    public void Subscribing_and_unsubscribing_say_whether_something_changed()
    {
        var stream = System.EventStream;
        Assert.True(stream.Subscribe(Probe.Ref, typeof(Animal)));
        Assert.False(stream.Subscribe(Probe.Ref, typeof(Animal)));
        Assert.False(stream.Subscribe(Probe.Ref, typeof(Dog)));
        Assert.True(stream.Unsubscribe(Probe.Ref, typeof(Animal)));
        Assert.False(stream.Unsubscribe(Probe.Ref, typeof(Animal)));
        Assert.False(stream.Unsubscribe(Probe.Ref));
    }

    [Fact]
    public void Events_reach_subscribers_of_their_class_its_bases_and_interfaces_once()
    {
        using var dogs = new TestProbe(System);
        using var named = new TestProbe(System);
        System.EventStream.Subscribe(Probe.Ref, typeof(Animal));
        System.EventStream.Subscribe(dogs.Ref, typeof(Dog));
        System.EventStream.Subscribe(named.Ref, typeof(INamed));
        System.EventStream.Subscribe(named.Ref, typeof(Dog));
        System.EventStream.Publish(new Dog());
        System.EventStream.Publish(new Animal());
        System.EventStream.Publish("nobody wants it");
        Probe.ExpectMsg<Dog>();
        Probe.ExpectMsg<Animal>();
        dogs.ExpectMsg<Dog>();
        named.ExpectMsg<Dog>();
        foreach (var probe in new[] { Probe, dogs, named }) probe.ExpectNoMsg();
        System.EventStream.Unsubscribe(dogs.Ref);
        System.EventStream.Publish(new Dog());
        dogs.ExpectNoMsg();
    }

    [Fact]
    public void A_subscriber_that_ended_is_taken_off()
    {
        var actor = System.ActorOf(FunctionActorProps());
        Run();
        System.EventStream.Subscribe(actor, typeof(Animal));
        Probe.Watch(actor);
        System.Stop(actor);
        Probe.ExpectTerminated(actor);
        Assert.False(System.EventStream.Unsubscribe(actor));
        System.EventStream.Subscribe(actor, typeof(Animal));
        Assert.False(System.EventStream.Unsubscribe(actor));
    }

    [Fact]
    public void Dead_letters_can_be_told_to_and_suppressed_ones_are_published_apart()
    {
        using var all = new TestProbe(System);
        System.EventStream.Subscribe(Probe.Ref, typeof(DeadLetter));
        System.EventStream.Subscribe(all.Ref, typeof(AllDeadLetters));
        System.DeadLetters.Tell("x", Probe.Ref);
        System.DeadLetters.Tell(new Quiet());
        var ended = System.ActorOf(FunctionActorProps());
        System.Stop(ended);
        Run();
        ended.Tell(new Quiet());
        Assert.Equal(("x", Probe.Ref), (Probe.ExpectMsg<DeadLetter>() is var letter ? (letter.Message, letter.Sender) : default));
        Probe.ExpectNoMsg();
        all.ExpectMsg<DeadLetter>();
        all.ExpectMsg<SuppressedDeadLetter>();
        Assert.Equal(ended, all.ExpectMsg<SuppressedDeadLetter>().Recipient);
        System.IgnoreRef.Tell("nothing");
        all.ExpectNoMsg();
    }

    [Fact]
    public void Logging_of_dead_letters_falls_silent_and_starts_over_after_a_while()
    {
        using var log = new RecordedLog();
        var environment = new ManualEnvironment();
        var system = ActorSystem.Create("logged", ActorRuntime.Actor.Setup.ActorSystemSetup.Create(
            new ActorRuntime.Actor.Setup.EnvironmentSetup(environment), new ActorRuntime.Actor.Setup.LoggerSetup(log)));
        for (var i = 0; i < 50; i++) system.DeadLetters.Tell(i);
        Assert.Equal((10, 1), (log.Count(1003), log.Count(1004)));
        environment.Advance(TimeSpan.FromMinutes(6));
        for (var i = 0; i < 50; i++) system.DeadLetters.Tell(i);
        Assert.Equal(20, log.Count(1003));
        system.DeadLetters.Tell(new Quiet());
        var ended = system.Terminate();
        environment.RunUntil(() => ended.IsCompleted, TimeSpan.FromMinutes(1));
    }

    private static Props FunctionActorProps() => Props.Empty;

    private interface INamed;

    private class Animal;

    private sealed class Dog : Animal, INamed;

    private sealed class Quiet : IDeadLetterSuppression;
}
