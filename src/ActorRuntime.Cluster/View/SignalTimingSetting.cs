namespace ActorRuntime.Cluster.View;

/// <summary>Signal timing as a cluster setting.</summary>
/// <param name="Interval">Between two signals to one peer.</param>
/// <param name="Lease">How long a node serves after the send time of the newest signal that a lease quorum holds.</param>
/// <param name="LossAfter">Silence after which an observer supports the loss of a peer.</param>
public sealed record SignalTimingSetting(TimeSpan Interval, TimeSpan Lease, TimeSpan LossAfter)
{
    /// <summary>Bound on how far two nodes' clocks drift apart: 0.1 % each.</summary>
    public const double Drift = 0.001;

    /// <summary>Least time between the end of a lease and a loss, for what a thread may be late.</summary>
    public static readonly TimeSpan SlackMin = TimeSpan.FromMilliseconds(20);

    /// <summary>Null when the timing is safe (SAFETY 1B-7, 10), else the rule it breaks.</summary>
    public string? Refusal() =>
        Interval < TimeSpan.FromMilliseconds(1) ? "interval: below 1 ms"
        : Lease < 2 * Interval ? $"lease {Ms(Lease)} is under two intervals of {Ms(Interval)}: one lost signal would mute a healthy node"
        : LossAfter > TimeSpan.FromHours(1) ? "loss-after: above 1 h"
        : LossAfter < Lease * (1 + 2 * Drift) + SlackMin
            ? $"loss-after {Ms(LossAfter)} must exceed lease {Ms(Lease)} by drift and {Ms(SlackMin)} of slack"
        : null;

    private static string Ms(TimeSpan time) => $"{time.TotalMilliseconds} ms";
}
