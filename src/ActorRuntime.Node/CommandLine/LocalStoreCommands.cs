using System.CommandLine;

namespace ActorRuntime.Node.CommandLine;

/// <summary>The verb <c>store check</c>: what is in the local store of a node that does not run.</summary>
internal sealed class StoreCheckCommand : Command
{
    private const string Text = """
        Reads all logs of the local store, every block, and changes nothing: name, store id, term, first and last block, how far the disk has
        them, segments, bytes, and what is damaged, with file and offset. Exit code 1 when something is. A torn tail is no damage: the next
        start cuts it.

        Examples:
          store check --config node-1.conf
          store check --directory /var/lib/actor-runtime/n1.blocks --json | jq '.logs[] | select(.damage)'
        """;

    /// <param name="check">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public StoreCheckCommand(Func<LocalStoreRequest, TextWriter, TextWriter, int> check) : base("check", Text)
    {
        var which = new LocalStoreRequest.Reader(this);
        SetAction(parsed => check(which.Read(parsed), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
    }
}

/// <summary>The verb <c>store repair</c>: cuts what is damaged.</summary>
internal sealed class StoreRepairCommand : Command
{
    private const string Text = """
        Cuts a damaged log: what is behind the damage is given up. All its files are copied to the store's folder `removed` before. The log
        gets a new store id, so the other replicas treat it as a new one and send what it lost; without another replica that is gone, and what
        the persistent store does not have either is lost. Nothing is done without --cut.

        Examples:
          store repair --config node-1.conf --log Orders/17 --cut
        """;

    private readonly Option<string> _log = new("--log") { Description = "name of the log, as check shows it", HelpName = "NAME", Required = true };
    private readonly Option<bool> _cut = new("--cut") { Description = "give up all from the damage on" };

    /// <param name="repair">Prints to the first writer, what is wrong to the second, and returns the exit code.</param>
    public StoreRepairCommand(Func<LocalStoreRequest, TextWriter, TextWriter, Task<int>> repair) : base("repair", Text)
    {
        var which = new LocalStoreRequest.Reader(this);
        Options.Add(_log);
        Options.Add(_cut);
        SetAction((parsed, _) => repair(
            which.Read(parsed) with { Log = parsed.GetRequiredValue(_log), Cuts = parsed.GetValue(_cut) },
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error));
    }
}

/// <summary>What is asked of a local store.</summary>
/// <param name="ConfigurationFile">HOCON file of the node; null when the directory is named.</param>
/// <param name="Directory">Of the store; null when the file is named.</param>
/// <param name="AsJson">Whether to print JSON.</param>
/// <param name="Log">The log to repair.</param>
/// <param name="Cuts">Whether to do it.</param>
internal sealed record LocalStoreRequest(string? ConfigurationFile, string? Directory, bool AsJson, string Log = "", bool Cuts = false)
{
    /// <summary>The options that say which store, added to a command.</summary>
    public sealed class Reader
    {
        private readonly Option<string?> _config = new("--config", "-c") { Description = "HOCON file of the node", HelpName = "FILE" };
        private readonly Option<string?> _directory = new("--directory") { Description = "directory of the store, instead of a file", HelpName = "DIR" };
        private readonly Option<bool> _json = new("--json") { Description = "one JSON object" };

        public Reader(Command command)
        {
            command.Options.Add(_config);
            command.Options.Add(_directory);
            command.Options.Add(_json);
            command.Validators.Add(result =>
            {
                if (result.GetValue(_config) is null == result.GetValue(_directory) is null) result.AddError("Name the store: --config FILE or --directory DIR.");
            });
        }

        public LocalStoreRequest Read(ParseResult parsed) => new(parsed.GetValue(_config), parsed.GetValue(_directory), parsed.GetValue(_json));
    }
}
