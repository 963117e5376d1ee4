using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Shards.Memory;

/// <summary>How many remembered units a node may start now: a rate shared by all shards of the node. Any thread.</summary>
/// <remarks>A store that many units recover from at once serves nobody: after the loss of a node its units come back at this rate, and one
/// that a message asks for comes at once.</remarks>
internal sealed class StartPace(int perSecond)
{
    /// <summary>How often a shard with units to start asks.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _each = TimeSpan.FromSeconds(1) / perSecond;
    private readonly Lock _lock = new();
    private MonotonicTime? _takenUntil;

    /// <summary>Takes up to <paramref name="wanted"/> starts. What was not taken within <see cref="AskEvery"/> and the time of one start is
    /// gone.</summary>
    public int Take(int wanted, MonotonicTime now)
    {
        var kept = now + -(_each + AskEvery);
        lock (_lock)
        {
            var from = _takenUntil is { } taken && taken > kept ? taken : kept;
            var count = (int)Math.Min(wanted, (now - from).Ticks / _each.Ticks);
            _takenUntil = from + _each * count;
            return count;
        }
    }
}
