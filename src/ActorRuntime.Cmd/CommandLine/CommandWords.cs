using System.Text;

namespace ActorRuntime.Cmd.CommandLine;

/// <summary>Cuts a line into words as shells do: blanks separate, quotes hold together, a backslash keeps the next character.</summary>
internal static class CommandWords
{
    /// <exception cref="FormatException">A quote does not close.</exception>
    public static List<string> Split(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (var at = 0; at < line.Length; at++)
        {
            var c = line[at];
            if (char.IsWhiteSpace(c))
            {
                if (word is not null) words.Add(word.ToString());
                word = null;
                continue;
            }
            word ??= new StringBuilder();
            if (c is '"' or '\'')
            {
                var end = line.IndexOf(c, at + 1);
                if (end < 0) throw new FormatException($"{c} without closing {c}");
                word.Append(line, at + 1, end - at - 1);
                at = end;
            }
            else
            {
                word.Append(c == '\\' && at + 1 < line.Length ? line[++at] : c);
            }
        }
        if (word is not null) words.Add(word.ToString());
        return words;
    }
}
