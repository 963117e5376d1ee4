namespace ActorRuntime.Simulation.CommandLine;

/// <summary>What the process tells scripts.</summary>
internal static class ExitCode
{
    /// <summary>Every invariant held.</summary>
    public const int Success = 0;

    /// <summary>An invariant was broken.</summary>
    public const int Violated = 1;

    /// <summary>Wrong usage; nothing ran.</summary>
    public const int BadUsage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it; what had run is reported.</summary>
    public const int Interrupted = 130;
}
