using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Daemons;

/// <summary>Forwards each message to one of the daemons of a set, in turn.</summary>
internal sealed class DaemonRouterActor : ReceiveActor
{
    public DaemonRouterActor(IActorRef region, int daemons)
    {
        var next = 0;
        ReceiveAny(message =>
        {
            region.Forward(new ShardingEnvelope(IndexExtractor.IdOf(next), message));
            next = (next + 1) % daemons;
        });
    }
}
