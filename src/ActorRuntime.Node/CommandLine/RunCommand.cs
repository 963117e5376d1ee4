using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>run</c>: one node from a configuration file.</summary>
internal sealed class RunCommand : Command
{
    private const string Text = """
        Runs one node from a HOCON file until it is told to leave (Ctrl-C, SIGTERM, arctl): it then hands over what it runs, leaves the
        cluster and ends with exit code 0. A second Ctrl-C ends it at once. A configuration that cannot be used is reported whole, with
        file, line and key, and nothing is started (exit code 2). hocon/node.conf is the commented reference of all keys.

        A node remembers in its data-dir how far it has read the control log. A log that is younger (a restored backup), of another history
        or another one is refused (exit code 1), and nothing is written. When the right store is gone for good, stop all nodes and start
        one with --adopt-log: it goes on above every version that was seen. The others then follow without it, or say that they need it too.

        Examples:
          run --config hocon/one-node.conf
          run --config hocon/three-nodes/node-1.conf
          run --config node-1.conf --adopt-log      once, after the store was restored from a backup
        """;

    private readonly Option<string> _config = ConfigOption(required: true);
    private readonly Option<bool> _adoptLog = AdoptLogOption();
    private readonly Option<bool> _endWithParent = new("--end-with-parent") { Hidden = true };

    /// <param name="run">What to do with the options once they are read.</param>
    public RunCommand(Func<RunOptions, CancellationToken, Task<int>> run) : base("run", Text)
    {
        Options.Add(_config);
        Options.Add(_adoptLog);
        Options.Add(_endWithParent);
        SetAction((parsed, cancellationToken) =>
            run(new(parsed.GetRequiredValue(_config), parsed.GetValue(_endWithParent), parsed.GetValue(_adoptLog)), cancellationToken));
    }

    public static Option<string> ConfigOption(bool required) =>
        new("--config", "-c") { Description = "HOCON file of the node", HelpName = "FILE", Required = required };

    public static Option<bool> AdoptLogOption() => new("--adopt-log")
    {
        Description = "for this start: go on with a control log that is younger than the node, of another history, or another one",
    };
}
