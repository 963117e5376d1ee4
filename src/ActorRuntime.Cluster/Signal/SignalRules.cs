namespace ActorRuntime.Cluster.Signal;

/// <summary>The rules of SAFETY 1B that a simulation must be seen to need. Production runs with all of them; tests switch one off and
/// expect
/// the violation.</summary>
internal sealed record SignalRules
{
    public static SignalRules All { get; } = new();

    /// <summary>1B-7: an incarnation the view calls lost is neither heard nor echoed.</summary>
    public bool LostAreNotEchoed { get; init; } = true;

    /// <summary>1B-7: a gate asks for silence (or a wait) beside the applied version.</summary>
    public bool GateAsksForSilence { get; init; } = true;

    /// <summary>1B-8: a lease needs a quorum; without it one echo is enough.</summary>
    public bool LeaseNeedsQuorum { get; init; } = true;

    /// <summary>A lease runs from the send time of the signal echoed, not from the arrival of the echo.</summary>
    public bool LeaseFromSendTime { get; init; } = true;
}
