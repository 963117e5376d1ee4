using System.Diagnostics;

namespace ActorRuntime.Benchmarks;

/// <summary>Other processes that take part in a measurement. They end when their standard input does.</summary>
internal static class Helper
{
    /// <summary>Starts this program again.</summary>
    public static Process Start(params IEnumerable<string> arguments) => Launch("ActorRuntime.Benchmarks", arguments, catchErrors: false);

    /// <summary>Starts the node program, which lies beside this one; standard error has to be read.</summary>
    public static Process StartNode(params IEnumerable<string> arguments) => Launch("ActorRuntime.Node", arguments, catchErrors: true);

    private static Process Launch(string assembly, IEnumerable<string> arguments, bool catchErrors)
    {
        string[] all = [Path.Combine(AppContext.BaseDirectory, assembly + ".dll"), .. arguments];
        return Process.Start(new ProcessStartInfo(DotNet, all)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = catchErrors,
        })!;
    }

    /// <summary>The host this process runs under, or the one on the path when it was started by its own executable.</summary>
    private static string DotNet =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
