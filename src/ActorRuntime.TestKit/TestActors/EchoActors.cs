using ActorRuntime.Actor;

namespace ActorRuntime.TestKit.TestActors;

/// <summary>Passes what it gets to the test actor.</summary>
public sealed class EchoActor : UntypedActor
{
    private readonly IActorRef _testActor;
    private readonly bool _echoBackToSenderAsWell;

    /// <param name="testkit">Gets the messages.</param>
    /// <param name="echoBackToSenderAsWell">Whether a sender other than the test actor gets them back too. Default true.</param>
    public EchoActor(TestKitBase testkit, bool echoBackToSenderAsWell = true) => (_testActor, _echoBackToSenderAsWell) = (testkit.TestActor, echoBackToSenderAsWell);

    /// <inheritdoc cref="EchoActor(TestKitBase, bool)"/>
    public static Props Props(TestKitBase testkit, bool echoBackToSenderAsWell = true) =>
        Actor.Props.Create(() => new EchoActor(testkit, echoBackToSenderAsWell));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        _testActor.Forward(message);
        if (_echoBackToSenderAsWell && !Sender.Equals(_testActor)) Sender.Tell(message, Self);
    }
}

/// <summary>Sends back what it gets.</summary>
public sealed class SimpleEchoActor : UntypedActor
{
    /// <summary>How to make one.</summary>
    public static Props Props() => Actor.Props.Create<SimpleEchoActor>();

    /// <inheritdoc/>
    protected override void OnReceive(object message) => Sender.Tell(message, Self);
}

/// <summary>Takes everything and does nothing.</summary>
public sealed class BlackHoleActor : UntypedActor
{
    /// <summary>How to make one.</summary>
    public static Props Props { get; } = Actor.Props.Create<BlackHoleActor>();

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
    }
}

/// <summary>Takes no message.</summary>
public sealed class UnhandledMessageActor : UntypedActor
{
    /// <inheritdoc/>
    protected override void OnReceive(object message) => Unhandled(message);
}
