using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>The times the signal channel runs by. <see cref="Drift"/> and <see cref="Slack"/> are what is assumed about clocks and
/// scheduling.</summary>
/// <param name="Interval">Between two signals to one peer.</param>
/// <param name="Lease">How long a signal that a lease quorum holds lets its sender serve, from its send time.</param>
/// <param name="LossAfter">Silence after which an observer supports a loss.</param>
/// <param name="SuspectAfter">Silence after which a peer is suspected and probed.</param>
/// <param name="Slack">Scheduling delay between a lease check and what follows it, in the margin between lease and loss-after.</param>
/// <param name="Drift">Largest deviation of a clock's rate, as a fraction.</param>
/// <param name="Probes">Probes sent to a suspected peer.</param>
/// <param name="ProbeLossPercent">Share of lost probes from which on a loss is supported.</param>
public sealed record SignalTiming(
    TimeSpan Interval, TimeSpan Lease, TimeSpan LossAfter, TimeSpan SuspectAfter, TimeSpan Slack, double Drift, int Probes,
    int ProbeLossPercent)
{
    /// <summary>The least silence of an observer that heard signals asking for <paramref name="lease"/> (SAFETY 1B-10): even the lease of
    /// the
    /// last of them has ended then, on the other node's clock.</summary>
    public TimeSpan SilenceFor(TimeSpan lease) => lease + lease * (2 * Drift) + Slack;

    /// <summary>True when whoever waits loss-after outwaits every lease of this timing.</summary>
    public bool IsSafe => LossAfter >= SilenceFor(Lease);

    /// <summary>This timing with the cluster's setting in place of the node's own; a setting under which no lease would be safe changes
    /// nothing.</summary>
    public SignalTiming With(SignalTimingSetting? setting)
    {
        if (setting is null) return this;
        var suspectAfter = setting.Interval * ((double)SuspectAfter.Ticks / Interval.Ticks);
        var timing = this with
        {
            Interval = setting.Interval,
            Lease = setting.Lease,
            LossAfter = setting.LossAfter,
            SuspectAfter = suspectAfter < setting.LossAfter ? suspectAfter : setting.LossAfter / 2,
        };
        return timing.IsSafe && timing.Lease <= SignalCodec.LeaseMax ? timing : this;
    }
}
