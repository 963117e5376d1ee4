namespace ActorRuntime.Cmd.CommandLine;

/// <summary>What the process tells scripts; listed in <c>--help</c>.</summary>
internal static class ExitCode
{
    /// <summary>Carried out.</summary>
    public const int Success = 0;

    /// <summary>The node refused the command, or it failed there.</summary>
    public const int Refused = 1;

    /// <summary>No such command or option, or wrong arguments; nothing was done.</summary>
    public const int BadUsage = 2;

    /// <summary>No node answers at the address, or it stopped answering.</summary>
    public const int Unreachable = 3;

    /// <summary>Ended by Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
