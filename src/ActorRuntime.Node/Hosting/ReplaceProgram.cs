using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Management;
using ActorRuntime.Node.Processes;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verb <c>replace</c>: the successor proves that it can read what the running node has stored, the running node hands over and
/// ends, and this process becomes the successor.</summary>
/// <remarks>The stores are never shared: the successor opens the local store after the other process has ended, and the kernel's lock on the
/// directory sees to it (SAFETY 2E-26).</remarks>
internal static class ReplaceProgram
{
    /// <returns>The exit code; not at all when the successor runs.</returns>
    public static async Task<int> RunAsync(ReplaceOptions options, TextWriter output, TextWriter error)
    {
        NodeConfiguration configuration;
        try
        {
            configuration = NodeConfiguration.Load(options.ConfigurationFile);
        }
        catch (ConfigurationException e)
        {
            foreach (var breach in e.Errors) await error.WriteLineAsync(breach.ToString()).ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        var (name, port) = (configuration.Cluster.Name, configuration.Management.Port);
        try
        {
            var node = (await AskAsync(port, "cluster", "status").ConfigureAwait(false)).GetProperty("node").GetString()!;
            if (!node.StartsWith(name + '#', StringComparison.Ordinal))
                throw new IOException($"Port {port} belongs to {node}, not to {name}: is {options.ConfigurationFile} its configuration?");
            var running = (await AskAsync(port, "node", "version").ConfigureAwait(false)).GetProperty("process").GetInt32();
            using var process = Process.GetProcessById(running);
            var reading = SuccessorProcess.Command(options.Executable, "store", "read", "--config", options.ConfigurationFile);
            var (code, said) = await RunToEndAsync(reading).ConfigureAwait(false);
            await output.WriteAsync(said).ConfigureAwait(false);
            if (code != ExitCode.Success)
            {
                var refusal = $"{options.Executable} cannot read what {name} has stored (exit code {code}). {name} goes on as it is";
                await error.WriteLineAsync(refusal).ConfigureAwait(false);
                return ExitCode.Failed;
            }
            await output.WriteLineAsync($"{name} (process {running}) hands over and ends").ConfigureAwait(false);
            await ManagementCall.SendAsync(port, ["node", "stop"], default).ConfigureAwait(false);
            if (!await EndsAsync(process, options.Timeout).ConfigureAwait(false))
            {
                var late = $"{name} (process {running}) has not ended within {options.Timeout.TotalSeconds:N0} s; the successor was not started. "
                    + "When it has, start it with `run`";
                await error.WriteLineAsync(late).ConfigureAwait(false);
                return ExitCode.Failed;
            }
            await output.WriteLineAsync($"{options.Executable} goes on as {name}").ConfigureAwait(false);
            await output.FlushAsync().ConfigureAwait(false);
            SuccessorProcess.Become(SuccessorProcess.Command(options.Executable, "run", "--config", options.ConfigurationFile));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or Win32Exception or ArgumentException)
        {
            await error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static async Task<JsonElement> AskAsync(int port, params string[] words) =>
        (await ManagementCall.SendAsync(port, words, default).ConfigureAwait(false)).GetProperty("fields");

    private static async Task<(int Code, string Said)> RunToEndAsync(IReadOnlyList<string> command)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().ConfigureAwait(false);
        return (process.ExitCode, await output.ConfigureAwait(false) + await error.ConfigureAwait(false));
    }

    private static async Task<bool> EndsAsync(Process process, TimeSpan limit)
    {
        using var bounded = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(bounded.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
