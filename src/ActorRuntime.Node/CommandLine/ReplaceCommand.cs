using System.CommandLine;
using ActorRuntime.Node.Processes;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>replace</c>: another program takes the place of a running node.</summary>
internal sealed class ReplaceCommand : Command
{
    private const string Text = """
        Replaces a running node by another program under the same name, ports and stores. First the successor reads all that is stored, beside the
        running node (`store read`). When there is anything it does not know, replace says what, ends with exit code 1, and the node goes on as
        it is. Otherwise the node hands over, leaves in order and ends, and this process becomes the successor: its units go on with the state
        they had. Under a supervisor that starts the node again by itself, put the new program in place and use `store read` before
        a restart instead.

        Examples:
          replace --config node-1.conf                                       by this program
          replace --config node-1.conf --executable /opt/node-2/ActorRuntime.Node
        """;

    private readonly Option<string> _config = RunCommand.ConfigOption(required: true);
    private readonly Option<string> _executable = new("--executable")
    {
        Description = "the successor, an executable or a .dll (default: this one)", HelpName = "PATH", DefaultValueFactory = _ => SuccessorProcess.Self(),
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "seconds the running node has to end, 1 to 3600", HelpName = "SECONDS", DefaultValueFactory = _ => 60,
    };

    /// <param name="replace">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public ReplaceCommand(Func<ReplaceOptions, TextWriter, TextWriter, Task<int>> replace) : base("replace", Text)
    {
        Options.Add(_config);
        Options.Add(_executable);
        Options.Add(_timeout);
        _timeout.Validators.Add(result =>
        {
            if (result.GetValue(_timeout) is not (>= 1 and <= 3600)) result.AddError("--timeout: 1 to 3600 seconds.");
        });
        SetAction((parsed, _) => replace(
            new(parsed.GetRequiredValue(_config), parsed.GetValue(_executable)!, TimeSpan.FromSeconds(parsed.GetValue(_timeout))),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
    }
}

/// <summary>What replaces what.</summary>
/// <param name="ConfigurationFile">HOCON file of the node, for the running one and its successor.</param>
/// <param name="Executable">The successor.</param>
/// <param name="Timeout">For the running node to end.</param>
internal sealed record ReplaceOptions(string ConfigurationFile, string Executable, TimeSpan Timeout);
