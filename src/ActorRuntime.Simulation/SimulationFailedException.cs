namespace ActorRuntime.Simulation;

/// <summary>What was wrong, first.</summary>
/// <param name="Invariant">Which invariant.</param>
/// <param name="Explanation">How it was broken.</param>
/// <param name="At">When, in true time since the start of the run.</param>
public sealed record Violation(string Invariant, string Explanation, TimeSpan At);

/// <summary>A simulated run in which an invariant did not hold.</summary>
public sealed class SimulationFailedException(ulong seed, Violation violation, string traceDigest)
    : Exception($"seed {seed}: {violation?.Invariant} does not hold at {violation?.At}: {violation?.Explanation}")
{
    /// <summary>Runs it again.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>What was wrong.</summary>
    public Violation Violation { get; } = violation!;

    /// <summary>Fingerprint of the history up to there.</summary>
    public string TraceDigest { get; } = traceDigest;
}
