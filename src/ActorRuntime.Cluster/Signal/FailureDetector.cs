using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What a detector asks for; one step per call.</summary>
internal enum DetectorStep
{
    None,

    /// <summary>The peer fell silent: it is suspected, and probed from now on.</summary>
    Suspect,

    /// <summary>Send one probe.</summary>
    Probe,

    /// <summary>Support declaring the peer lost.</summary>
    Support,

    /// <summary>The peer was heard again: take back suspicion and support.</summary>
    Restore,
}

/// <summary>Judges one peer from the arrival of its signals (CL-4, CL-9).</summary>
/// <remarks>
/// Sans-IO. Healthy → suspected (silence of suspect-after, a burst of probes begins) → loss supported (silence of loss-after, every lease
/// asked
/// for by a signal heard has run out, and the probes were lost) → restored as soon as it is heard. Model: datagrams are lost, delayed and
/// reordered; clocks deviate by <see cref="SignalTiming.Drift"/> at most. Invariant (SAFETY 1B-7, 1B-10): from <see cref="SilentAt"/> on,
/// until
/// the peer is heard again, no lease that rests on an echo of this node runs; without strong evidence support is not given before.
/// Observation starts at construction: a new observer supports nothing before it has listened for one full loss-after.
/// </remarks>
internal sealed class FailureDetector(MonotonicTime now)
{
    private const double BurstShare = 0.8; // Of the time between suspicion and support; the rest is for the last replies.
    private static readonly MonotonicTime Never = new(long.MaxValue);
    private static readonly TimeSpan ProbeSpacingMin = TimeSpan.FromMilliseconds(1);

    private MonotonicTime _leasesEnd = now;
    private MonotonicTime _nextProbe = Never;

    /// <summary>Last arrival, or the start of the observation.</summary>
    public MonotonicTime HeardAt { get; private set; } = now;

    public bool IsSuspected { get; private set; }

    public bool SupportsLoss { get; private set; }

    /// <summary>The peer's host refuses connections and the connection is cut (SAFETY 1B-13): two missed signals are enough to support its
    /// loss. Fencing and promotion start early; what only the lease protects waits for the gate, which asks for the full
    /// silence.</summary>
    public bool IsRefused { get; private set; }

    public int ProbesSent { get; private set; }

    public int ProbesAnswered { get; private set; }

    /// <summary>The silence that ended with the last <see cref="DetectorStep.Restore"/>.</summary>
    public TimeSpan LastSilence { get; private set; }

    /// <summary>Takes in a signal that asks for <paramref name="lease"/>; <see cref="DetectorStep.Restore"/> or none.</summary>
    public DetectorStep OnHeard(TimeSpan lease, bool isProbeReply, SignalTiming timing, MonotonicTime now)
    {
        var silence = now - HeardAt;
        HeardAt = now;
        var leaseEnd = now + timing.SilenceFor(lease);
        if (leaseEnd > _leasesEnd) _leasesEnd = leaseEnd;
        IsRefused = false;
        if (!IsSuspected) return DetectorStep.None;

        // One lucky reply of ten does not make a peer healthy; a signal of its own accord does, and whoever is heard is echoed, so
        // support ends.
        if (isProbeReply && !SupportsLoss)
        {
            ProbesAnswered++;
            if (ProbesAreLost(timing)) return DetectorStep.None;
        }
        Calm(silence);
        return DetectorStep.Restore;
    }

    /// <summary>Another route says that nobody listens there any more.</summary>
    public void OnRefused() => IsRefused = true;

    /// <summary>The passing of time. Call until it returns none.</summary>
    public DetectorStep OnTime(SignalTiming timing, MonotonicTime now)
    {
        if (SupportsLoss || now < Deadline(timing)) return DetectorStep.None;
        if (!IsSuspected)
        {
            IsSuspected = true;
            _nextProbe = now;
            return DetectorStep.Suspect;
        }
        if (IsRefused)
        {
            SupportsLoss = true;
            return DetectorStep.Support;
        }
        if (ProbesSent < timing.Probes && now >= _nextProbe)
        {
            ProbesSent++;
            _nextProbe += ProbeSpacing(timing);
            return DetectorStep.Probe;
        }
        if (ProbesSent < timing.Probes || now < SilentAt(timing) || !ProbesAreLost(timing)) return DetectorStep.None;

        SupportsLoss = true;
        return DetectorStep.Support;
    }

    /// <summary>This node was not scheduled for a while and knows nothing about that time (SAFETY 1B-15).</summary>
    public DetectorStep RestartObservation(MonotonicTime now)
    {
        var silence = now - HeardAt;
        HeardAt = now;
        IsRefused = false;
        if (!IsSuspected) return DetectorStep.None;
        Calm(silence);
        return DetectorStep.Restore;
    }

    /// <summary>From when on the peer counts as silent, unless it is heard again.</summary>
    public MonotonicTime SilentAt(SignalTiming timing)
    {
        var silentAt = HeardAt + timing.LossAfter;
        return silentAt > _leasesEnd ? silentAt : _leasesEnd;
    }

    /// <summary>When <see cref="OnTime"/> has something to do.</summary>
    public MonotonicTime Deadline(SignalTiming timing)
    {
        if (SupportsLoss) return Never;
        if (!IsSuspected) return HeardAt + (IsRefused ? 2 * timing.Interval : timing.SuspectAfter);
        if (IsRefused) return HeardAt;
        if (ProbesSent < timing.Probes) return _nextProbe;
        return ProbesAreLost(timing) ? SilentAt(timing) : Never;
    }

    private bool ProbesAreLost(SignalTiming timing) =>
        (timing.Probes - ProbesAnswered) * 100 >= timing.ProbeLossPercent * timing.Probes;

    private void Calm(TimeSpan silence)
    {
        (IsSuspected, SupportsLoss, ProbesSent, ProbesAnswered, _nextProbe) = (false, false, 0, 0, Never);
        LastSilence = silence;
    }

    private static TimeSpan ProbeSpacing(SignalTiming timing)
    {
        var spacing = (timing.LossAfter - timing.SuspectAfter) * BurstShare / timing.Probes;
        return spacing > ProbeSpacingMin ? spacing : ProbeSpacingMin;
    }
}
