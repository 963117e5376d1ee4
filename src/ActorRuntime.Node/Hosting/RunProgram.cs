using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Logging;
using ActorRuntime.Node.Processes;

namespace ActorRuntime.Node.Hosting;

/// <summary>The verb <c>run</c> from its options to its exit code.</summary>
internal static class RunProgram
{
    /// <param name="application">As for <see cref="NodeHost"/>.</param>
    public static async Task<int> RunAsync(RunOptions options, Action<ActorSystem>? application = null)
    {
        if (options.EndWithParent) LinuxProcess.EndWithParent();
        using var signals = new LeaveSignals();
        if (options.EndWithParent) signals.RequestWhenInputCloses(Console.OpenStandardInput());
        NodeConfiguration configuration;
        try
        {
            configuration = NodeConfiguration.Load(options.ConfigurationFile);
        }
        catch (ConfigurationException e)
        {
            foreach (var error in e.Errors) await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            await Console.Error.WriteLineAsync(
                $"{e.Errors.Count} errors; nothing was started. hocon/node.conf and its neighbours explain every key").ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        using var loggers = new ConsoleLoggerFactory(
            configuration.Cluster.Name, configuration.Node.LogLevel, Console.Error, TimeProvider.System);
        return await new NodeHost(configuration, loggers, signals, application).RunAsync(options.AdoptLog).ConfigureAwait(false);
    }
}
