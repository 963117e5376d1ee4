using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>run</c>: one node from a configuration file.</summary>
internal sealed class RunCommand : Command
{
    private const string Text = """
        Runs one node from a HOCON file until it is told to leave (Ctrl-C, SIGTERM, arctl): it then hands over what it runs, leaves the
        cluster and ends with exit code 0. A second Ctrl-C ends it at once. A configuration that cannot be used is reported whole, with
        file, line and key, and nothing is started (exit code 2). hocon/node.conf is the commented reference of all keys.

        Examples:
          run --config hocon/one-node.conf
          run --config hocon/three-nodes/node-1.conf
        """;

    private readonly Option<string> _config = ConfigOption(required: true);
    private readonly Option<bool> _endWithParent = new("--end-with-parent") { Hidden = true };

    /// <param name="run">What to do with the options once they are read.</param>
    public RunCommand(Func<RunOptions, CancellationToken, Task<int>> run) : base("run", Text)
    {
        Options.Add(_config);
        Options.Add(_endWithParent);
        SetAction((parsed, cancellationToken) =>
            run(new(parsed.GetRequiredValue(_config), parsed.GetValue(_endWithParent)), cancellationToken));
    }

    public static Option<string> ConfigOption(bool required) =>
        new("--config", "-c") { Description = "HOCON file of the node", HelpName = "FILE", Required = required };
}
