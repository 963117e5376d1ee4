namespace ActorRuntime.Node.CommandLine;

/// <summary>What the process tells scripts.</summary>
internal static class ExitCode
{
    /// <summary>Done; for <c>demo</c>: and nothing was lost, doubled or reordered.</summary>
    public const int Success = 0;

    /// <summary>Something failed while running; the last lines of standard error say what.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or a configuration that cannot be used; nothing was started.</summary>
    public const int BadUsage = 2;

    /// <summary>Ended by Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
