namespace ActorRuntime.Cmd.Prompt;

/// <summary>The lines entered so far, oldest first, at most <see cref="LinesMax"/>.</summary>
internal sealed class History
{
    /// <summary>Lines remembered; older ones are forgotten.</summary>
    public const int LinesMax = 500;

    private readonly List<string> _lines = [];

    /// <summary>How many there are.</summary>
    public int Count => _lines.Count;

    /// <summary>The line at <paramref name="index"/>, 0 being the oldest.</summary>
    public string this[int index] => _lines[index];

    /// <summary>Remembers a line; blank ones and repetitions of the last one are not worth it.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || (_lines.Count > 0 && _lines[^1] == line)) return;
        if (_lines.Count == LinesMax) _lines.RemoveAt(0);
        _lines.Add(line);
    }
}
