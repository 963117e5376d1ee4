using System.CommandLine;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Hosting;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verbs and options of the executable. What they do is handed in.</summary>
internal static class NodeCommandLine
{
    public static RootCommand Create(
        Func<RunOptions, CancellationToken, Task<int>> run, Func<DemoOptions, CancellationToken, Task<int>> demo, Func<string> version)
    {
        var root = new RootCommand("Runs a node of an actor cluster, or demonstrates one. `--config FILE` alone is short for `run`.");
        root.Options.Remove(root.Options.Single(option => option is VersionOption));
        var showVersion = new Option<bool>("--version") { Description = "the versions of the runtime, .NET, SQLite and Npgsql" };
        var config = RunCommand.ConfigOption(required: false);
        var adoptLog = RunCommand.AdoptLogOption();
        root.Options.Add(config);
        root.Options.Add(adoptLog);
        root.Options.Add(showVersion);
        root.SetAction(async (parsed, cancellationToken) =>
        {
            var output = parsed.InvocationConfiguration;
            if (parsed.GetValue(showVersion))
            {
                await output.Output.WriteLineAsync(version()).ConfigureAwait(false);
                return ExitCode.Success;
            }
            if (parsed.GetValue(config) is { } file) return await run(new(file, false, parsed.GetValue(adoptLog)), cancellationToken).ConfigureAwait(false);
            await output.Error.WriteLineAsync("Nothing to do: `--config FILE` runs a node, `demo` shows one. --help lists everything.")
                .ConfigureAwait(false);
            return ExitCode.BadUsage;
        });

        var versionCommand = new Command("version", "The versions of the runtime, .NET, SQLite and Npgsql.");
        versionCommand.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(version()));
        root.Subcommands.Add(new RunCommand(run));
        root.Subcommands.Add(new DemoCommand(demo));
        root.Subcommands.Add(new ConfigCommand(ConfigProgram.Show));
        root.Subcommands.Add(new StoreCommand(StoreProgram.Sql)
        {
            new StoreCheckCommand(LocalStoreProgram.Check), new StoreReadCommand(StoreReadProgram.RunAsync), new StoreRepairCommand(LocalStoreProgram.RepairAsync),
        });
        root.Subcommands.Add(new ReplaceCommand(ReplaceProgram.RunAsync));
        root.Subcommands.Add(versionCommand);
        return root;
    }

    /// <summary>Reads the arguments and runs what they name. Signals are the verbs' business, so nothing here reacts to them.</summary>
    public static async Task<int> InvokeAsync(RootCommand root, IReadOnlyList<string> arguments, InvocationConfiguration configuration)
    {
        configuration.ProcessTerminationTimeout = null;
        var parsed = root.Parse(arguments);
        var code = await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? ExitCode.BadUsage : code;
    }
}
