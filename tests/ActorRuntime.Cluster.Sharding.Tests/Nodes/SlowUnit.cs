using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Tests.Nodes;

/// <summary>Ends when told to, not when asked to.</summary>
internal sealed class SlowUnit : ReceiveActor
{
    private readonly IActorRef _listener;

    public SlowUnit(IActorRef listener)
    {
        _listener = listener;
        Receive<string>(text =>
        {
            if (text == "stop") listener.Tell(text);
            else if (text == "end") Context.Stop(Self);
            else Sender.Tell(text);
        });
    }

    protected override void PostStop() => _listener.Tell("ended");
}
