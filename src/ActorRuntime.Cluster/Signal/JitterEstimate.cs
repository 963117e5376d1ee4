using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>How irregularly the signals of one peer arrive: deviation of their travel time, and the share lost.</summary>
/// <remarks>
/// The difference of two arrivals less the difference of their send times is free of the senders' own irregularity and of clock offset.
/// Exponentially weighted over some 64 arrivals, in whole ticks.
/// </remarks>
internal sealed class JitterEstimate
{
    private const int Weight = 64;
    private long _lastTransit;
    private double _variance;

    public long Samples { get; private set; }

    /// <summary>Standard deviation of the difference between neighbouring arrivals and the interval they were sent in.</summary>
    public TimeSpan Deviation => new((long)Math.Sqrt(_variance));

    public void OnArrival(long sentAt, MonotonicTime now)
    {
        var transit = now.Ticks - sentAt; // Two clocks: only its changes mean anything.
        if (Samples++ > 0)
        {
            double change = transit - _lastTransit;
            _variance += (change * change / 2 - _variance) / Math.Min(Samples - 1, Weight); // Each change carries the deviation of two arrivals.
        }
        _lastTransit = transit;
    }
}
