using System.Collections.Immutable;
using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.View;
using ActorRuntime.Simulation.Stores;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>Says "flushed" at once.</summary>
internal sealed class UnflushedBlockStore(SimulatedWorld world, SimulatedProcess process, Prng random) : SimulatedBlockStore(world, process, random)
{
    protected override Task FlushAsync(DiskLog log) => Task.CompletedTask;
}

/// <summary>SAFETY 1C-23 and 26 broken: a log that is opened takes the newest blocks it has acknowledged for a torn tail, and stays the same log.</summary>
internal sealed class TruncatingBlockStore(SimulatedWorld world, SimulatedProcess process, Prng random) : SimulatedBlockStore(world, process, random)
{
    private const int Blocks = 3;

    protected override void OnOpening(DiskLog log)
    {
        var kept = Math.Max(log.Blocks.Start.Height, log.Blocks.Head.Height - Blocks);
        log.Blocks.TruncateAbove(kept);
        log.OnTruncated(kept);
    }
}

/// <summary>SAFETY 1C-18 broken: leaders take learners into the in-sync set as soon as they have a log, whatever it holds.</summary>
internal static class EagerLeaders
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(20);

    public static void Begin(SimulatedCluster cluster) => cluster.After(Every, () =>
    {
        foreach (var node in cluster.Nodes)
            if (node.IsUp) node.Run(up => _ = up.Cluster.ProposeAsync(view => ChangesBy(cluster, up, view), "sabotage"));
        Begin(cluster);
    });

    private static ControlChange[] ChangesBy(SimulatedCluster cluster, SimulatedNode leader, ClusterView view)
    {
        var changes = new List<ControlChange>();
        foreach (var type in view.Types.Values)
        foreach (var (shard, state) in type.Shards)
        {
            if (state.Leader != leader.Cluster.SelfKey || state.Replicas is not { IsFounded: true, Learners: [var learner, ..] } set) continue;
            var log = cluster.Nodes.First(node => node.Name == learner).Host.Disk.Logs.GetValueOrDefault($"{learner}/{type.Name}/{shard}");
            if (log is null) continue;
            var copy = new ReplicaId(learner, log.Blocks.StoreId);
            changes.Add(new ControlChange.ReplicasChanged(type.Name, [new ReplicaChange(shard, state.Term, set.Version, copy, IsAdded: true, "sabotage")]));
        }
        return [.. changes];
    }
}

/// <summary>Shards go on without the logs of their set as soon as one is lost, and nobody was asked.</summary>
internal static class UnaskedRecovery
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    public static void Begin(SimulatedCluster cluster) => cluster.After(Every, () =>
    {
        if (cluster.Nodes.FirstOrDefault(static node => node.IsUp) is { } node) node.Run(static up => _ = up.Cluster.ProposeAsync(Changes, "sabotage"));
        Begin(cluster);
    });

    private static ControlChange[] Changes(ClusterView view)
    {
        ImmutableArray<NodeKey> all = [.. view.Members.Values.Select(static member => member.Key)];
        return [.. view.Types.Values.Where(static type => type.Replication is not null).Select(type => new ControlChange.ShardsRecovered(type.Name,
        [
            .. type.Shards.Where(shard => shard.Value.Replicas is { IsMinimumInForce: true, Origin: null } set && set.InSync.Length < type.Replication!.Replicas)
                .Select(shard => new ShardRecovery(shard.Key, shard.Value.Term, shard.Value.Replicas!.Version, null, all)),
        ], "sabotage")).Where(static change => change.Recoveries.Length > 0)];
    }
}
