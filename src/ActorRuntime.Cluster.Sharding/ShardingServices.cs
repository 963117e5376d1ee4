using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Shards.Memory;
using ActorRuntime.Persistence;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Cluster.Sharding;

/// <summary>What regions and shards of one system share.</summary>
/// <param name="ReplicaNews">Told what is committed in replicated logs; null for nobody.</param>
internal sealed record ShardingServices(
    IClusterAccess Cluster, PersistenceExtension Persistence, DropLog Drops, StartPace StartPace, IReplicaNews? ReplicaNews)
{
    public static ShardingServices Of(ExtendedActorSystem system)
    {
        var setup = ShardingSetup.Of(system);
        var cluster = setup.Cluster ?? new ClusterAccess(ActorRuntime.Cluster.Cluster.Get(system), system);
        return new(
            cluster, ActorRuntime.Persistence.Persistence.Instance.Get(system), new DropLog(system.Environment),
            new StartPace(setup.Options.RememberedStartsPerSecond), setup.ReplicaNews);
    }
}

/// <summary>Logs dropped messages, one line for each ten seconds; dead letters and counters miss none. Any thread.</summary>
internal sealed partial class DropLog(RuntimeEnvironment environment)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private MonotonicTime? _last;

    public void Report(ILogger log, string type, string entity, string why, long dropped)
    {
        lock (_lock)
        {
            var now = environment.Now;
            if (_last is { } last && now - last < Window) return;
            _last = now;
        }
        LogDropped(log, type, entity, why, dropped);
    }

    [LoggerMessage(EventId = 3303, Level = LogLevel.Warning, Message =
        "Message for {Type}/{Entity} dropped: {Why}. {Dropped} dropped here so far; they are dead letters")]
    private static partial void LogDropped(ILogger log, string type, string entity, string why, long dropped);
}
