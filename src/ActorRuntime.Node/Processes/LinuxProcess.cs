using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ActorRuntime.Node.Processes;

/// <summary>Signals to processes, by number and without a shell in between.</summary>
internal static partial class LinuxProcess
{
    private const int NoSuchProcess = 3;
    private const int SetParentDeathSignal = 1;

    /// <summary>Sends a signal.</summary>
    /// <returns>False when the process no longer exists.</returns>
    /// <exception cref="Win32Exception">Not permitted.</exception>
    public static bool Send(int processId, ProcessSignal signal)
    {
        if (Kill(processId, (int)signal) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == NoSuchProcess) return false;
        throw new Win32Exception(error, $"kill({processId}, {signal}): {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Asks the kernel to kill this process when the thread that started it ends. Linux only; elsewhere nothing happens.</summary>
    public static void EndWithParent()
    {
        if (OperatingSystem.IsLinux()) _ = ProcessControl(SetParentDeathSignal, (nuint)ProcessSignal.Kill, 0, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}

/// <summary>Signal numbers of Linux.</summary>
internal enum ProcessSignal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
