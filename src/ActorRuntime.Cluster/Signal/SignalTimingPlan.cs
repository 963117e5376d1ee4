using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What a path between two nodes was measured to be like.</summary>
/// <param name="Jitter">Standard deviation of the travel time.</param>
/// <param name="LossShare">Share of signals lost, 0 to 1.</param>
/// <param name="RoundTrip">From a signal to its echo, on average.</param>
public sealed record SignalQuality(TimeSpan Jitter, double LossShare, TimeSpan RoundTrip = default);

/// <summary>Times derived from a requirement (CL-3, CL-4).</summary>
public abstract record DerivedTiming
{
    private DerivedTiming() { }

    /// <summary>The requirement holds with these times.</summary>
    public sealed record Meets(SignalTimingSetting Timing) : DerivedTiming;

    /// <summary>It cannot hold on this network; nothing weaker is put in force by itself.</summary>
    /// <param name="DetectWithin">What can be had with the false alarms asked for; null when even a minute is too short.</param>
    /// <param name="Timing">The times that would give it.</param>
    public sealed record CannotMeet(TimeSpan? DetectWithin, SignalTimingSetting? Timing) : DerivedTiming;
}

/// <summary>Derives interval, lease and loss-after from a requirement and the measured quality of the paths.</summary>
/// <remarks>
/// As in the φ accrual detector (Hayashibara et al., SRDS 2004) and the configuration of Chen, Toueg, Aguilera (IEEE ToC 2002): arrivals
/// vary
/// normally, losses are independent. With n = day / interval trials a day and F false alarms allowed, half of them for delay, half for
/// loss:
/// delay: n · Q(x) ≤ F/2 with the tail bound Q(x) ≤ ½·exp(−x²/2), so x = √(2·ln(n / F)) deviations are allowed for on each way;
/// loss: n · qᵏ ≤ F/2 where q = 1 − (1 − p)² is the chance that a signal or its echo is lost, so k signals in a row must fit into a lease.
/// An echo rides on the next regular signal, one interval later at worst, and comes back after a round trip r (which, as measured, holds
/// such a wait already: an interval too much rather than too little). Hence lease ≥ (k + 1) · interval + r + 2·x·σ,
/// loss-after = lease + 2·drift·lease + slack, and loss-after + x·σ ≤ detect-within. The longest interval that fits is taken: it costs
/// least.
/// </remarks>
public static class SignalTimingPlan
{
    private const double LossShareMin = 0.001; // Whoever measured no loss has not measured for long enough.
    private const double DaySeconds = 86_400;
    private const double Step = 1.1;
    private static readonly TimeSpan IntervalMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan IntervalMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DetectMax = TimeSpan.FromMinutes(1);

    /// <summary>The times for <paramref name="requirement"/>; slack and drift are those of <paramref name="assumptions"/>.</summary>
    public static DerivedTiming Derive(SignalRequirement requirement, SignalQuality quality, SignalTiming assumptions)
    {
        if (Find(requirement, quality, assumptions) is { } timing) return new DerivedTiming.Meets(timing);
        for (var within = requirement.DetectWithin * Step; within <= DetectMax; within *= Step)
        {
            if (Find(requirement with { DetectWithin = within }, quality, assumptions) is { } offer) return new DerivedTiming.CannotMeet(within, offer);
        }
        return new DerivedTiming.CannotMeet(null, null);
    }

    private static SignalTimingSetting? Find(SignalRequirement requirement, SignalQuality quality, SignalTiming assumptions)
    {
        for (var interval = IntervalMax; interval >= IntervalMin; interval /= Step)
        {
            var delay = Deviations(interval, requirement.FalseAlarmsPerDay) * quality.Jitter;
            var lossAfter = requirement.DetectWithin - delay;
            var lease = (lossAfter - assumptions.Slack) / (1 + 2 * assumptions.Drift);
            if (lease > SignalCodec.LeaseMax) lease = SignalCodec.LeaseMax;
            var needed = Repeats(interval, requirement.FalseAlarmsPerDay, quality.LossShare) + 1;
            if (lease >= Math.Max(3, needed) * interval + quality.RoundTrip + 2 * delay) return new SignalTimingSetting(Whole(interval), Whole(lease), lossAfter);
        }
        return null;
    }

    /// <summary>x: deviations that arrivals may be late.</summary>
    private static double Deviations(TimeSpan interval, double falseAlarmsPerDay) =>
        Math.Sqrt(2 * Math.Log(Math.Max(Math.E, DaySeconds / interval.TotalSeconds / falseAlarmsPerDay)));

    /// <summary>k: signals in a row that must not all be lost.</summary>
    private static int Repeats(TimeSpan interval, double falseAlarmsPerDay, double lossShare)
    {
        var kept = 1 - Math.Clamp(lossShare, LossShareMin, 0.99);
        var roundTripLost = 1 - kept * kept;
        var allowed = Math.Min(1, falseAlarmsPerDay / 2 * interval.TotalSeconds / DaySeconds);
        return Math.Max(1, (int)Math.Ceiling(Math.Log(allowed) / Math.Log(roundTripLost)));
    }

    /// <summary>Rounded down to 0.1 ms, which only ever adds margin.</summary>
    private static TimeSpan Whole(TimeSpan time) => new(time.Ticks / 1000 * 1000);
}
