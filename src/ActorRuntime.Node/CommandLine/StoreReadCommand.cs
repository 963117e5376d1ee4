using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>store read</c>: whether this program can go on with what another one has stored.</summary>
internal sealed class StoreReadCommand : Command
{
    private const string Text = """
        Reads all that a node has stored, the node may run meanwhile: every block of the local store, and in the persistent store every event and
        the newest snapshot of each unit. What this program does not know (a newer format, an event or snapshot whose type it lacks) is
        printed, a line for each kind, with exit code 1: it must not take over there. The local store is not changed. The persistent store is opened
        as by a node, after the local store has been read: tables of an older version are upgraded then.

        Examples:
          /opt/node-2/ActorRuntime.Node store read --config node-1.conf
        """;

    private readonly Option<string> _config = RunCommand.ConfigOption(required: true);

    /// <param name="read">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public StoreReadCommand(Func<string, TextWriter, TextWriter, Task<int>> read) : base("read", Text)
    {
        Options.Add(_config);
        SetAction((parsed, _) => read(parsed.GetRequiredValue(_config), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
    }
}
