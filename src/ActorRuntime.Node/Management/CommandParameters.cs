namespace ActorRuntime.Node.Management;

/// <summary>What may follow a command: <c>&lt;required&gt;</c>, <c>[optional]</c>, <c>[--flag]</c>.</summary>
internal sealed class CommandParameters
{
    private readonly List<(string Name, bool Required)> _positions = [];
    private readonly List<string> _flags = [];

    /// <param name="usage">As shown to people, for example <c>&lt;type&gt; &lt;id&gt; [--force]</c>; may be empty.</param>
    public CommandParameters(string usage)
    {
        Usage = usage;
        foreach (var word in usage.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (required, name) = (word[0] == '<', word[1..^1]);
            if (name.StartsWith("--", StringComparison.Ordinal)) _flags.Add(name);
            else _positions.Add((name, required));
        }
    }

    /// <summary>As shown to people.</summary>
    public string Usage { get; }

    /// <summary>Gives <paramref name="words"/> their names.</summary>
    /// <exception cref="CommandRefusedException">Too few, too many, or an unknown flag.</exception>
    public CommandArguments Read(string command, IEnumerable<string> words)
    {
        var values = new Dictionary<string, string>();
        var next = 0;
        foreach (var word in words)
        {
            if (_flags.Contains(word)) values[word] = "";
            else if (word.StartsWith("--", StringComparison.Ordinal)) throw Refused(command, $"unknown option {word}");
            else if (next == _positions.Count) throw Refused(command, $"'{word}' is one word too many");
            else values[_positions[next++].Name] = word;
        }
        if (next < _positions.Count && _positions[next].Required) throw Refused(command, $"<{_positions[next].Name}> is missing");
        return new CommandArguments(values);
    }

    private CommandRefusedException Refused(string command, string message) =>
        new("bad-arguments", message, $"usage: {command} {Usage}".TrimEnd());
}

/// <summary>The words after a command, by the names its usage gives them.</summary>
internal sealed class CommandArguments(IReadOnlyDictionary<string, string> values)
{
    /// <summary>A required argument.</summary>
    public string this[string name] => values[name];

    /// <summary>An optional argument; null when it was left out.</summary>
    public string? Find(string name) => values.GetValueOrDefault(name);

    /// <summary>Whether the flag was given, for example <c>--force</c>.</summary>
    public bool Has(string flag) => values.ContainsKey(flag);
}
