using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ActorRuntime.Cmd.Prompt;

namespace ActorRuntime.Cmd.CommandLine;

/// <summary>The command line of <c>arctl</c>.</summary>
internal static class ArctlCommandLine
{
    private const string Text = """
        Looks into a running node of an actor cluster and steers it.

          arctl [HOST:PORT] COMMAND...     carries one command out; without an address: 127.0.0.1:9110
          arctl [HOST:PORT]                a prompt with history, completion and help
          arctl [HOST:PORT] < FILE         commands line by line, # starts a comment

        Commands (help asks the node for the whole list, with parameters):
          cluster show|status|leave|down|tail    members and their states
          signal show                            who hears whom, lease left, loss votes
          signal emitter|detector|switch on|off  the three support modules of the node
          shard list [type]                      shards, their terms, leaders and logs in sync
          shard move TYPE SHARD NODE             another node leads it; its units stop first, nothing is lost
          shard replication TYPE REPLICAS MIN    how many logs a type's shards have, and how many must be in sync
          shard logs [type]                      the replicated logs on this node
          shard recover [type] [shard]           shards whose logs are lost, and what would be missing; with
              [--all] [--accept-data-loss]       --accept-data-loss they go on without it
          entity where <type> <id>               where a unit lives
          flow list|show|mute|unmute|failback    the flow table
          log show|tail                          the control log
          why                                    the last decisions with reasons and evidence
          actor hierarchy                        the actors of the node
          node version|stop                      the process itself

        Exit codes: 0 carried out; 1 refused or failed at the node; 2 no such command or wrong arguments; 3 no node answers at the
        address; 130 interrupted. From a file: the first one that is not 0.
        """;

    /// <summary>Reads the arguments and carries out what they say.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(
        IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var words = new Argument<string[]>("command") { Arity = ArgumentArity.ZeroOrMore, Description = "address and command, see above" };
        var json = new Option<bool>("--json") { Description = "results as one line of JSON each, for programs" };
        var follow = new Option<bool>("--follow") { Description = "go on until interrupted (tail does so by itself)" };
        var timeout = new Option<double>("--timeout")
        {
            Description = "seconds to wait for the connection and for an answer",
            DefaultValueFactory = _ => 15,
            HelpName = "SECONDS",
            CustomParser = ReadTimeout,
        };
        var root = new RootCommand(Text) { words, json, follow, timeout };
        root.SetAction((parsed, stop) => RunAsync(parsed.GetValue(words) ?? [], address =>
            new CommandOptions(address, parsed.GetValue(json), parsed.GetValue(follow), TimeSpan.FromSeconds(parsed.GetValue(timeout))),
            terminal, stop));

        // Ctrl-C is for the command under way (Interruption), not for the process.
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output, Error = terminal.Error, ProcessTerminationTimeout = null,
        };
        var result = root.Parse(arguments);
        var code = await result.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        return result.Errors.Count > 0 ? ExitCode.BadUsage : code;
    }

    private static double ReadTimeout(ArgumentResult argument)
    {
        var isNumber = double.TryParse(argument.Tokens[0].Value, CultureInfo.InvariantCulture, out var seconds);
        if (!isNumber || seconds is not (>= 0.01 and <= 86_400)) argument.AddError("--timeout: 0.01 to 86400 seconds expected");
        return seconds;
    }

    private static async Task<int> RunAsync(
        string[] words, Func<NodeAddress, CommandOptions> options, Terminal terminal, CancellationToken cancellationToken)
    {
        var hasAddress = words.Length > 0 && NodeAddress.TryParse(words[0], out _);
        var address = hasAddress && NodeAddress.TryParse(words[0], out var given) ? given : NodeAddress.Default;
        var command = hasAddress ? words[1..] : words;
        if (command.Length > 0 && command[0].Contains(':', StringComparison.Ordinal))
        {
            await terminal.Error.WriteLineAsync($"arctl: '{command[0]}' is no address; write HOST:PORT, for example {NodeAddress.Default}")
                .ConfigureAwait(false);
            return ExitCode.BadUsage;
        }
        var session = new Session(options(address), terminal);
        if (command.Length == 0 && terminal.HasKeyboard)
            return await new InteractivePrompt(session, address).RunAsync(cancellationToken).ConfigureAwait(false);
        using var interruption = new Interruption(cancellationToken);
        return command.Length > 0
            ? await session.RunAsync(command, interruption.Token).ConfigureAwait(false)
            : await RunLinesAsync(session, terminal, interruption.Token).ConfigureAwait(false);
    }

    private static async Task<int> RunLinesAsync(Session session, Terminal terminal, CancellationToken cancellationToken)
    {
        var first = ExitCode.Success;
        while (await terminal.Input.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.TrimStart() is "" or ['#', ..]) continue;
            if (line.Trim() is "exit" or "quit") break;
            var code = await session.RunLineAsync(line, cancellationToken).ConfigureAwait(false);
            if (first == ExitCode.Success) first = code;
            if (code is ExitCode.Unreachable or ExitCode.Interrupted) break;
        }
        return first;
    }
}
