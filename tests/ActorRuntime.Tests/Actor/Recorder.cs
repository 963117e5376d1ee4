using ActorRuntime.Actor;

namespace ActorRuntime.Tests.Actor;

/// <summary>An actor that keeps what it gets, for tests that look at all of it at once.</summary>
internal sealed class Recorder
{
    private readonly List<object> _messages = [];

    public Recorder(ActorSystem system) => Ref = system.ActorOf(FunctionActor.Props((message, context) =>
    {
        if (message is Order order) order.Do(context);
        else _messages.Add(message);
    }));

    public IActorRef Ref { get; }

    /// <summary>What came since the last time, in order.</summary>
    public IReadOnlyList<object> Drain()
    {
        object[] all = [.. _messages];
        _messages.Clear();
        return all;
    }

    public void Watch(IActorRef subject) => Ref.Tell(new Order(context => context.Watch(subject)), ActorRefs.NoSender);

    private sealed record Order(Action<IActorContext> Do);
}
