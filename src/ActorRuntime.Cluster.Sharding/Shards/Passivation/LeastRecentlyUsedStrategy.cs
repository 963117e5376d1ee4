namespace ActorRuntime.Cluster.Sharding.Shards.Passivation;

/// <summary>Keeps at most a number of units of a type active on a node; those used longest ago go first.</summary>
/// <remarks>The limit is shared equally by the shards the node leads, at least one unit each: a node that takes over shards lowers the share
/// of each one, which is noticed with its next message.</remarks>
internal sealed class LeastRecentlyUsedStrategy(int limit, ActiveShards shards) : PassivationStrategy
{
    private readonly RecencyList _units = new();

    public override void OnUsed(ShardUnit unit) => _units.Use(unit);

    public override void OnGone(ShardUnit unit) => _units.Remove(unit);

    public override ShardUnit? Choose() => _units.Count > Math.Max(1, limit / Math.Max(1, shards.Count)) ? _units.Oldest : null;
}
