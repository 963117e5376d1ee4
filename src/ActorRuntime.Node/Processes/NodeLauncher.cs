using System.Collections.Concurrent;
using System.Diagnostics;

namespace ActorRuntime.Node.Processes;

/// <summary>Starts node processes that never outlive this one.</summary>
/// <remarks>
/// A child ends with its parent in two ways: the kernel kills it when the thread that started it ends (hence one thread here, alive as long
/// as the launcher), and it leaves when its standard input closes. The first works on a stopped child too, the second everywhere.
/// </remarks>
internal sealed class NodeLauncher : IDisposable
{
    private readonly BlockingCollection<Action> _starts = [];
    private readonly Thread _thread;

    public NodeLauncher()
    {
        _thread = new Thread(() =>
        {
            foreach (var start in _starts.GetConsumingEnumerable()) start();
        }) { IsBackground = true, Name = "node launcher" };
        _thread.Start();
    }

    /// <summary>Starts this executable with the given arguments.</summary>
    /// <param name="name">Name of the node.</param>
    /// <param name="logFile">Where its standard error goes, appended.</param>
    public Task<NodeProcess> StartAsync(string name, string logFile, params IReadOnlyList<string> arguments)
    {
        var started = new TaskCompletionSource<NodeProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _starts.Add(() =>
        {
            try
            {
                started.SetResult(new NodeProcess(name, Process.Start(StartInfo(arguments))!, logFile));
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException or UnauthorizedAccessException)
            {
                started.SetException(e);
            }
        });
        return started.Task;
    }

    /// <summary>Ends the starting thread, and with it, at the latest now, every child still running.</summary>
    public void Dispose()
    {
        _starts.CompleteAdding();
        _thread.Join();
        _starts.Dispose();
    }

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> arguments)
    {
        var self = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this executable is unknown.");
        var info = new ProcessStartInfo(self)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(self).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            info.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ActorRuntime.Node.dll"));
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        return info;
    }
}
