using ActorRuntime.Util;

namespace ActorRuntime.Remote.Transport;

/// <summary>Waits between attempts: doubling, with up to a quarter of jitter so that many nodes do not knock at once.</summary>
internal sealed class Backoff(RemoteOptions options, Prng random)
{
    private TimeSpan _next = options.ReconnectDelayMin;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = _next;
        _next = wait * 2 < options.ReconnectDelayMax ? wait * 2 : options.ReconnectDelayMax;
        return wait + random.Below(wait / 4 + TimeSpan.FromTicks(1));
    }

    /// <summary>An attempt worked: the next wait is the shortest again.</summary>
    public void Reset() => _next = options.ReconnectDelayMin;
}
