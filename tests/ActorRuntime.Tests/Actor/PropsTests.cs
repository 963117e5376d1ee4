using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class PropsTests : ActorTest
{
    [Fact]
    public void Constructors_make_what_the_factories_make()
    {
        var strategy = new OneForOneStrategy(_ => Directive.Stop);
        object[] arguments = ["a", 1];
        Assert.Equal("a 1", Answer(new Props(typeof(Answering), "a", 1)));
        Assert.Equal("a 1", Answer(new Props(typeof(Answering), strategy, "a", 1)));
        Assert.Equal("a 1", Answer(new Props(typeof(Answering), strategy, arguments.Select(argument => argument))));
        Assert.Equal("a 1", Answer(new Props(Deploy.Local.WithStashCapacity(7), typeof(Answering), arguments)));

        Assert.Same(strategy, new Props(typeof(Answering), strategy, "a", 1).SupervisorStrategy);
        Assert.Equal(7, new Props(Deploy.Local.WithStashCapacity(7), typeof(Answering), arguments).StashCapacity);
        Assert.Equal(Props.Create<Answering>("a", 1), new Props(typeof(Answering), "a", 1));
        Assert.Throws<ArgumentException>(() => new Props(typeof(string)));
    }

    private string Answer(Props props)
    {
        Probe.Send(System.ActorOf(props), "who");
        return Probe.ExpectMsg<string>()!;
    }

    private sealed class Answering : ReceiveActor
    {
        public Answering(string text, int number) => ReceiveAny(_ => Sender.Tell($"{text} {number}"));
    }
}
