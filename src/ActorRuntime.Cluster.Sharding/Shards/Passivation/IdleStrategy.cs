namespace ActorRuntime.Cluster.Sharding.Shards.Passivation;

/// <summary>Passivates units that got no message for a time.</summary>
/// <remarks>Time is counted in checks, two for each idle time: a unit goes between one and one and a half idle times after its last
/// message, and a message costs no look at a clock.</remarks>
internal sealed class IdleStrategy(TimeSpan idleAfter) : PassivationStrategy
{
    private const int ChecksPerIdleTime = 2;

    private readonly RecencyList _units = new();
    private int _check;

    public override TimeSpan? CheckEvery => idleAfter / ChecksPerIdleTime;

    public override void OnUsed(ShardUnit unit)
    {
        unit.LastUsed = _check;
        _units.Use(unit);
    }

    public override void OnGone(ShardUnit unit) => _units.Remove(unit);

    public override void OnCheck() => _check++;

    public override ShardUnit? Choose() => _units.Oldest is { } oldest && _check - oldest.LastUsed > ChecksPerIdleTime ? oldest : null;
}
