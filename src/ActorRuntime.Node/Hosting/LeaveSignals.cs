using System.Runtime.InteropServices;
using ActorRuntime.Node.CommandLine;

namespace ActorRuntime.Node.Hosting;

/// <summary>The first Ctrl-C or SIGTERM asks for an orderly end; a second Ctrl-C ends the process at once.</summary>
internal sealed class LeaveSignals : IDisposable
{
    private readonly TaskCompletionSource<string> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _registrations = [];

    public LeaveSignals()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>Completes with the reason when an orderly end is asked for.</summary>
    public Task<string> Requested => _requested.Task;

    /// <summary>Asks for an orderly end from within.</summary>
    public void Request(string reason) => _requested.TrySetResult(reason);

    /// <summary>Asks for an orderly end when standard input closes: the parent is gone.</summary>
    public void RequestWhenInputCloses(Stream input) => _ = Task.Run(async () =>
    {
        var buffer = new byte[64];
        try
        {
            while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0) { }
        }
        catch (IOException)
        {
            // A broken pipe says the same as a closed one.
        }
        Request("the parent process is gone");
    });

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!_requested.TrySetResult(context.Signal.ToString()) && context.Signal == PosixSignal.SIGINT)
            Environment.Exit(ExitCode.Interrupted);
    }
}
