using ActorRuntime.Actor;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>The node ends because its local store failed: whoever runs it should start it again.</summary>
public sealed class LocalStoreFailedReason : CoordinatedShutdown.Reason
{
    public static readonly CoordinatedShutdown.Reason Instance = new LocalStoreFailedReason();
}
