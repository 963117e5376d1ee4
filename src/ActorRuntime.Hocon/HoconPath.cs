using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>Dotted paths; an element that contains a dot or other marks is written in quotes.</summary>
internal static class HoconPath
{
    /// <summary>Splits a path as it stands in a text: outside quotes the characters that a key must quote are refused.</summary>
    /// <exception cref="FormatException">An empty element, quotes that do not close, a character that must be quoted.</exception>
    public static List<string> ParseStrictly(string path) => Parse(path, HoconLexer.Forbidden);

    /// <summary>Splits <paramref name="path"/> at the dots outside quotes.</summary>
    /// <exception cref="FormatException">An empty element, or quotes that do not close.</exception>
    public static List<string> Parse(string path) => Parse(path, "");

    private static List<string> Parse(string path, string forbidden)
    {
        var builder = new HoconPathBuilder();
        for (var at = 0; at < path.Length;)
        {
            if (path[at] != '"')
            {
                var next = path.IndexOf('"', at);
                if (next < 0) next = path.Length;
                var word = path.AsSpan(at, next - at);
                if (word.IndexOfAny(forbidden) is var wrong and >= 0)
                    throw new FormatException($"'{word[wrong]}' is not allowed in a path; put the name in \"quotes\"");
                builder.AddUnquoted(word);
                at = next;
                continue;
            }
            var end = at + 1;
            while (end < path.Length && path[end] != '"') end += path[end] == '\\' ? 2 : 1;
            if (end >= path.Length) throw new FormatException($"path {path}: \" without closing \"");
            builder.AddQuoted(new HoconLexer(path[at..(end + 1)], path).Next().Text);
            at = end + 1;
        }
        return builder.Build();
    }

    /// <summary>The path of <paramref name="elements"/>, quoted where needed.</summary>
    public static string Render(IEnumerable<string> elements) => string.Join('.', elements.Select(Quoted));

    /// <summary><paramref name="element"/> below <paramref name="parent"/>; the parent may be empty.</summary>
    public static string Join(string parent, string element) => parent.Length == 0 ? Quoted(element) : $"{parent}.{Quoted(element)}";

    /// <summary><paramref name="element"/>, in quotes unless it is a plain word.</summary>
    public static string Quoted(string element) =>
        element.Length > 0 && element is not "include" && element.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? element
            : HoconRenderer.Quote(element);
}

/// <summary>Puts a path together from the words of a key: dots in unquoted words separate, everything else belongs to an element.</summary>
internal sealed class HoconPathBuilder
{
    private readonly List<string> _elements = [];
    private readonly StringBuilder _element = new();
    private bool _started;

    /// <summary>Adds text whose dots separate elements.</summary>
    public void AddUnquoted(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('.') is var dot and >= 0)
        {
            Append(text[..dot]);
            Close();
            text = text[(dot + 1)..];
        }
        Append(text);
    }

    /// <summary>Adds text as it is; it may be empty.</summary>
    public void AddQuoted(string text)
    {
        _element.Append(text);
        _started = true;
    }

    /// <summary>The elements, at least one.</summary>
    /// <exception cref="FormatException">An element is empty and not in quotes.</exception>
    public List<string> Build()
    {
        Close();
        return _elements;
    }

    private void Append(ReadOnlySpan<char> text)
    {
        _element.Append(text);
        _started |= text.Length > 0;
    }

    private void Close()
    {
        if (!_started) throw new FormatException("a path needs a name before, between and after its dots");
        if (_elements.Count == HoconLimits.DepthMax) throw new FormatException($"more than {HoconLimits.DepthMax} names in one path");
        _elements.Add(_element.ToString());
        _element.Clear();
        _started = false;
    }
}
