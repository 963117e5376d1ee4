using System.Text.Json.Nodes;

namespace ActorRuntime.Node.Management;

/// <summary>The commands a node understands. Filled before the port opens, read only afterwards. Knows <c>help</c> from the
/// start.</summary>
internal sealed class ManagementCommands
{
    private readonly SortedDictionary<string, ManagementCommand> _commands = new(StringComparer.Ordinal);

    public ManagementCommands() =>
        Add("help", "", "this list", (_, _) => Task.FromResult<JsonNode>(CommandResult.Table(
            ["command", "parameters", "description"],
            _commands.Values.Select(command => (IReadOnlyList<JsonNode?>)[command.Path, command.Parameters.Usage, command.Description]))));

    /// <summary>Adds a command with one result.</summary>
    /// <param name="path">Its words, lower case, for example <c>cluster show</c>.</param>
    /// <param name="usage">What may follow, for example <c>&lt;type&gt; [id] [--force]</c>; may be empty.</param>
    /// <param name="description">One line for <c>help</c>.</param>
    /// <param name="handler">Carries it out.</param>
    public ManagementCommands Add(string path, string usage, string description, CommandHandler handler)
    {
        _commands.Add(path, new ManagementCommand(path, new CommandParameters(usage), description) { Handler = handler });
        return this;
    }

    /// <summary>Adds a command whose results come one by one; <c>arctl</c> follows commands whose last word is <c>tail</c>.</summary>
    /// <inheritdoc cref="Add"/>
    public ManagementCommands AddStream(string path, string usage, string description, StreamHandler stream)
    {
        _commands.Add(path, new ManagementCommand(path, new CommandParameters(usage), description) { Stream = stream });
        return this;
    }

    /// <summary>The command with the most leading <paramref name="words"/>, and the rest as its arguments.</summary>
    /// <exception cref="CommandRefusedException">There is none, or the arguments do not fit.</exception>
    public (ManagementCommand Command, CommandArguments Arguments) Find(IReadOnlyList<string> words)
    {
        for (var length = words.Count; length > 0; length--)
        {
            if (_commands.TryGetValue(string.Join(' ', words.Take(length)), out var command))
                return (command, command.Parameters.Read(command.Path, words.Skip(length)));
        }
        var family = _commands.Keys.Where(path => words.Count > 0 && path.StartsWith(words[0] + ' ', StringComparison.Ordinal)).ToArray();
        throw new CommandRefusedException(
            "unknown-command",
            words.Count == 0 ? "no command" : $"unknown command '{string.Join(' ', words)}'",
            family.Length > 0 ? "known are " + string.Join(", ", family) : "help lists all commands");
    }
}
