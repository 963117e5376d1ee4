namespace ActorRuntime.Cluster.Sharding.Shards.Passivation;

/// <summary>Units in the order of their last use; every step takes constant time and no memory.</summary>
internal sealed class RecencyList
{
    private readonly LinkedList<ShardUnit> _units = [];

    public int Count => _units.Count;

    public ShardUnit? Oldest => _units.First?.Value;

    public void Use(ShardUnit unit)
    {
        Remove(unit);
        _units.AddLast(unit.Recency);
    }

    public void Remove(ShardUnit unit)
    {
        if (unit.Recency.List == _units) _units.Remove(unit.Recency);
    }
}
