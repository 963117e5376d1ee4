using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Settings of the signal channel, read from <c>actor-runtime.cluster.signal</c>.</summary>
public sealed record SignalOptions
{
    /// <summary>Where they stand in a configuration.</summary>
    public const string Path = "actor-runtime.cluster.signal";

    private const double DriftMax = 0.05;
    private const string Automatic = "auto";

    /// <summary>Between two signals to one peer. 10 ms to 10 s, default 100 ms.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a signal that a quorum holds lets this node serve. At least 3 intervals, at most 60 s, default 500 ms.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Silence after which an observer supports a loss. More than lease + 2 · drift · lease + slack, default 600 ms.</summary>
    public TimeSpan LossAfter { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>Silence after which a peer is suspected and probed. At least 2 intervals and below loss-after; zero (default) means 3
    /// intervals.</summary>
    public TimeSpan SuspectAfter { get; init; }

    /// <summary>Scheduling delay allowed for between a lease check and its effect. 0 to 10 s, default 50 ms.</summary>
    public TimeSpan Slack { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Largest deviation of a clock's rate, as a fraction. 0 to 0.05, default 0.001.</summary>
    public double Drift { get; init; } = 0.001;

    /// <summary>Probes sent to a suspected peer before its loss is supported. 1 to 100, default 10.</summary>
    public int Probes { get; init; } = 10;

    /// <summary>Percentage of probes that must be lost. 1 to 100, default 75.</summary>
    public int ProbeLossPercent { get; init; } = 75;

    /// <summary>How long the actors of this node may give no sign of life before its signals stop, so that it mutes itself and its peers find it
    /// lost: the channel's own thread would outlive them. At least 1 s, default 10 s; zero never.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether interval, lease and loss-after are derived from <see cref="Requirement"/> and the measured jitter
    /// (CL-3).</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>What is asked of the detection; used when <see cref="IsAutomatic"/>.</summary>
    public SignalRequirement Requirement { get; init; } = new(TimeSpan.FromSeconds(1), 0.1);

    /// <summary>Whether this node sends signals (CL-1). Off: its peers find it lost.</summary>
    public bool Emitter { get; init; } = true;

    /// <summary>Whether this node analyses the signals of others (CL-1). Off: it suspects nobody and supports no loss.</summary>
    public bool Detector { get; init; } = true;

    /// <summary>
    /// Whether this node mutes itself without a lease (CL-1). Off is dangerous: cut off from the others it goes on serving and sending
    /// while
    /// its successor does; terms then refuse its effects at stores and receivers, but reads, singletons and plain sends are unprotected.
    /// </summary>
    public bool MuteSwitch { get; init; } = true;

    /// <summary>Whether the channel obeys commands that drop its datagrams (demonstrations and tests only). Default off.</summary>
    public bool FaultInjection { get; init; }

    /// <summary>Key of the signatures, shared by all nodes, at least 16 characters; empty takes the secret of the control log.</summary>
    public string Secret { get; init; } = "";

    /// <summary>The times in force until the view sets others.</summary>
    public SignalTiming Timing => new(
        Interval, Lease, LossAfter, SuspectAfter == TimeSpan.Zero ? 3 * Interval : SuspectAfter, Slack, Drift, Probes, ProbeLossPercent);

    /// <summary>Reads the settings; what is missing keeps its default.</summary>
    /// <param name="config">The whole configuration.</param>
    public static SignalOptions FromConfig(Config config)
    {
        var defaults = new SignalOptions();
        var signal = config.GetConfig(Path);
        var requirement = signal.GetConfig("requirement");
        var isAutomatic = signal.HasPath("interval") && signal.GetString("interval") == Automatic;
        return new SignalOptions
        {
            IsAutomatic = isAutomatic,
            Interval = isAutomatic ? defaults.Interval : signal.GetTimeSpan("interval", defaults.Interval),
            Lease = signal.GetTimeSpan("lease", defaults.Lease),
            LossAfter = signal.GetTimeSpan("loss-after", defaults.LossAfter),
            SuspectAfter = signal.GetTimeSpan("suspect-after", defaults.SuspectAfter),
            Slack = signal.GetTimeSpan("slack", defaults.Slack),
            Drift = signal.GetDouble("drift", defaults.Drift),
            Probes = signal.GetInt("probes", defaults.Probes),
            ProbeLossPercent = signal.GetInt("probe-loss-percent", defaults.ProbeLossPercent),
            StallAfter = signal.GetTimeSpan("stall-after", defaults.StallAfter),
            Requirement = new SignalRequirement(
                requirement.GetTimeSpan("detect-within", defaults.Requirement.DetectWithin),
                requirement.GetDouble("false-alarms-per-day", defaults.Requirement.FalseAlarmsPerDay)),
            Emitter = signal.GetBoolean("emitter", defaults.Emitter),
            Detector = signal.GetBoolean("detector", defaults.Detector),
            MuteSwitch = signal.GetBoolean("mute-switch", defaults.MuteSwitch),
            FaultInjection = signal.GetBoolean("fault-injection", defaults.FaultInjection),
            Secret = signal.GetString("secret", defaults.Secret)!,
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public SignalOptions Validated()
    {
        var timing = Timing;
        new OptionErrors(Path)
            .Require(Interval >= TimeSpan.FromMilliseconds(10), "interval: below 10 ms ordinary scheduling delays look like silence")
            .Require(Interval <= TimeSpan.FromSeconds(10), "interval: above 10 s no loss is found in useful time")
            .Require(Lease >= 3 * Interval, "lease: under 3 intervals two lost datagrams mute a healthy node")
            .Require(Lease <= SignalCodec.LeaseMax, "lease: above 60 s peers refuse the signals as malformed")
            .Require(Slack >= TimeSpan.Zero && Slack <= TimeSpan.FromSeconds(10), "slack: from 0 to 10 s")
            .Require(Drift is >= 0 and <= DriftMax, "drift: from 0 to 0.05")
            .Require(timing.IsSafe, $"loss-after: must be at least lease + 2 · drift · lease + slack = {timing.SilenceFor(Lease).TotalMilliseconds:0} ms")
            .Require(timing.SuspectAfter >= 2 * Interval, "suspect-after: under 2 intervals one lost datagram raises a suspicion")
            .Require(timing.SuspectAfter < LossAfter, "suspect-after: must be below loss-after (default: 3 intervals)")
            .Require(Probes is >= 1 and <= 100, "probes: from 1 to 100")
            .Require(ProbeLossPercent is >= 1 and <= 100, "probe-loss-percent: from 1 to 100")
            .Require(StallAfter == TimeSpan.Zero || StallAfter >= TimeSpan.FromSeconds(1), "stall-after: at least 1 s, or 0 for never")
            .Require(Requirement.DetectWithin >= TimeSpan.FromMilliseconds(50), "requirement.detect-within: at least 50 ms")
            .Require(Requirement.FalseAlarmsPerDay > 0, "requirement.false-alarms-per-day: must be above 0")
            .Require(Secret.Length is 0 or >= 16, "secret: at least 16 characters, or empty for the secret of the control log")
            .ThrowIfAny();
        return this;
    }
}

/// <summary>What is asked of the detection of losses (CL-3).</summary>
/// <param name="DetectWithin">From the last signal of a node to the support of its loss by an observer that hears nothing.</param>
/// <param name="FalseAlarmsPerDay">Healthy nodes muted or supported lost, per day and pair of nodes.</param>
public sealed record SignalRequirement(TimeSpan DetectWithin, double FalseAlarmsPerDay);
