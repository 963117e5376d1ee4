using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ActorRuntime.Node.Processes;

/// <summary>Another executable of the node, run in place of this process.</summary>
internal static partial class SuccessorProcess
{
    private static bool IsDotnetHost =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath ?? "").Equals("dotnet", StringComparison.OrdinalIgnoreCase);

    /// <summary>The words that run an executable, or a .dll by the dotnet host.</summary>
    public static IReadOnlyList<string> Command(string executable, params IReadOnlyList<string> arguments) =>
        executable.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? [IsDotnetHost ? Environment.ProcessPath! : "dotnet", executable, .. arguments]
            : [executable, .. arguments];

    /// <summary>The executable of this process.</summary>
    public static string Self() =>
        Environment.ProcessPath is { } self && !IsDotnetHost ? self : Path.Combine(AppContext.BaseDirectory, "ActorRuntime.Node.dll");

    /// <summary>Ends this program and goes on with another one in the same process, with the same id, terminal and supervisor.</summary>
    /// <exception cref="Win32Exception">It cannot be run; nothing has changed.</exception>
    public static void Become(IReadOnlyList<string> command)
    {
        Execute(command[0], [.. command, null]);
        var error = Marshal.GetLastPInvokeError();
        throw new Win32Exception(error, $"{command[0]}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string file, string?[] arguments);
}
