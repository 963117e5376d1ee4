using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Puts derived times in force as a setting of the cluster (CL-3). Pure.</summary>
internal static class SignalTimingDecider
{
    private const double Hysteresis = 0.2; // A fifth more or less is measuring noise, and every change is an entry.

    /// <summary>The entry that puts <paramref name="derived"/> in force; null when this node does not decide, when the requirement cannot
    /// be met,
    /// or when the times in force are about the same.</summary>
    public static Decision? Decide(ClusterView view, NodeKey self, SignalTimingDerived derived)
    {
        if (view.Orchestrator is not { } seat || seat.Node != self || derived.Derived is not DerivedTiming.Meets { Timing: var timing }) return null;
        if (timing.Refusal() is not null || (view.Timing is { } now && IsClose(now.Interval, timing.Interval) && IsClose(now.LossAfter, timing.LossAfter)))
            return null;
        var quality = derived.Quality;
        var why = $"requirement on paths with {quality.Jitter.TotalMilliseconds:0.0} ms of jitter, "
            + $"{quality.RoundTrip.TotalMilliseconds:0} ms to an echo and {quality.LossShare:P1} of loss";
        return new Decision(view.Version, seat.Term, [new ControlChange.SignalTimingChanged(timing.Interval, timing.Lease, timing.LossAfter, why)], why);
    }

    private static bool IsClose(TimeSpan left, TimeSpan right) => Math.Abs(left / right - 1) < Hysteresis;
}
