using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>config</c>: looks at a configuration without starting anything.</summary>
internal sealed class ConfigCommand : Command
{
    private const string Text = """
        Prints every setting that `run` would use: the file with what it includes and substitutes, over the defaults of hocon/. The lines
        are HOCON themselves. Values of keys that name a password, a token or a secret key are masked. What is wrong with the file goes to
        standard error, all of it, and the exit code is 2.

        Examples:
          config show --config hocon/one-node.conf
          config show --config node.conf --origins | grep remote     which file and line says so, or that it is the default
          config show --config node.conf --json | jq '."actor-runtime".remote.port'
        """;

    private readonly Option<string> _config = RunCommand.ConfigOption(required: true);
    private readonly Option<bool> _origins = new("--origins") { Description = "say of each setting where it was written" };
    private readonly Option<bool> _json = new("--json")
    {
        Description = "one JSON object; with --origins a list of key, value, file, line, isDefault",
    };

    /// <param name="show">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public ConfigCommand(Func<ConfigShowOptions, TextWriter, TextWriter, int> show) : base("config", "Looks at a configuration.")
    {
        var command = new Command("show", Text) { _config, _origins, _json };
        command.SetAction(parsed => show(
            new ConfigShowOptions(parsed.GetRequiredValue(_config), parsed.GetValue(_origins), parsed.GetValue(_json)),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
        Subcommands.Add(command);
    }
}

/// <summary>What <c>config show</c> is asked.</summary>
/// <param name="ConfigurationFile">HOCON file.</param>
/// <param name="WithOrigins">Whether to say where each setting was written.</param>
/// <param name="AsJson">Whether to print JSON.</param>
internal sealed record ConfigShowOptions(string ConfigurationFile, bool WithOrigins, bool AsJson);
