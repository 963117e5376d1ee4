namespace ActorRuntime.Cmd.Prompt;

/// <summary>What the word before the cursor may become.</summary>
internal static class Completion
{
    /// <summary>The next words of those <paramref name="commands"/> that begin with <paramref name="text"/>, sorted, each once.</summary>
    /// <param name="text">The line up to the cursor; its last word is the one to complete.</param>
    /// <param name="commands">All commands, each a line of words.</param>
    public static IReadOnlyList<string> Candidates(string text, IEnumerable<string> commands)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var begun = text.Length > 0 && text[^1] != ' ' ? words[^1] : "";
        var before = words.Length - (begun.Length > 0 ? 1 : 0);
        return [.. commands
            .Select(command => command.Split(' '))
            .Where(command => command.Length > before && command.Take(before).SequenceEqual(words.Take(before)))
            .Select(command => command[before])
            .Where(word => word.StartsWith(begun, StringComparison.Ordinal))
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>What all of <paramref name="words"/> begin with.</summary>
    public static string CommonStart(IReadOnlyList<string> words)
    {
        var length = words[0].Length;
        foreach (var word in words) length = Math.Min(length, word.AsSpan().CommonPrefixLength(words[0]));
        return words[0][..length];
    }
}
