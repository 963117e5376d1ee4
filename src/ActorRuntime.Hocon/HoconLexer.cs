using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>Cuts a text into tokens, each character looked at a constant number of times.</summary>
/// <param name="text">The whole text.</param>
/// <param name="file">Its name for messages.</param>
internal sealed class HoconLexer(string text, string file)
{
    /// <summary>What an unquoted word must not contain, besides white space and <c>//</c>.</summary>
    public const string Forbidden = "$\"{}[]:=,+#`^?!@*&\\";

    private static readonly SearchValues<char> NumberStart = SearchValues.Create("-.0123456789");
    private int _at;
    private int _line = 1;

    /// <summary>The next token; <see cref="HoconTokenKind.End"/> forever once the text is used up.</summary>
    /// <exception cref="ConfigurationException">A string without end, an unknown escape, a character that must be quoted.</exception>
    public HoconToken Next()
    {
        var start = _at;
        while (_at < text.Length && IsSpace(text[_at])) _at++;
        var space = _at == start ? "" : text[start.._at];
        SkipComment();
        if (_at == text.Length) return new HoconToken(HoconTokenKind.End, "", _line, space);

        var c = text[_at];
        var mark = c switch
        {
            '\n' => HoconTokenKind.NewLine,
            ',' => HoconTokenKind.Comma,
            ':' => HoconTokenKind.Colon,
            '=' => HoconTokenKind.Equals,
            '{' => HoconTokenKind.BraceOpen,
            '}' => HoconTokenKind.BraceClose,
            '[' => HoconTokenKind.BracketOpen,
            ']' => HoconTokenKind.BracketClose,
            _ => HoconTokenKind.Unquoted,
        };
        if (mark != HoconTokenKind.Unquoted)
        {
            _at++;
            return new HoconToken(mark, c.ToString(), mark == HoconTokenKind.NewLine ? _line++ : _line, space);
        }
        if (c == '"') return Quoted(space);
        if (c == '$') return Substitution(space);
        if (Has("+="))
        {
            _at += 2;
            return new HoconToken(HoconTokenKind.PlusEquals, "+=", _line, space);
        }
        return Unquoted(space);
    }

    private bool Has(string mark) => string.CompareOrdinal(text, _at, mark, 0, mark.Length) == 0;

    private void SkipComment()
    {
        if (_at == text.Length || (text[_at] != '#' && !Has("//"))) return;
        var end = text.IndexOf('\n', _at);
        _at = end < 0 ? text.Length : end;
    }

    private HoconToken Unquoted(string space)
    {
        var start = _at;
        while (_at < text.Length && (IsUnquoted(text[_at]) || IsExponentSign(start)) && !Has("//")) _at++;
        if (_at == start) throw Error($"character {Printable(text[_at])} is not allowed here; put the text in \"quotes\"", _line);
        return new HoconToken(HoconTokenKind.Unquoted, text[start.._at], _line, space);
    }

    private static bool IsUnquoted(char c) => c != '\n' && !IsSpace(c) && !Forbidden.Contains(c);

    /// <summary>White space within a line: all separators of Unicode, the byte order mark, and the control characters that
    /// separate.</summary>
    private static bool IsSpace(char c) =>
        c is '\t' or '\v' or '\f' or '\r' or (>= '\u001C' and <= '\u001F') or '\uFEFF' || char.IsSeparator(c);

    /// <summary>The <c>+</c> of <c>1e+5</c>: the word began as a number, an <c>e</c> stands before, a digit behind.</summary>
    private bool IsExponentSign(int start) =>
        text[_at] == '+' && _at - start >= 2 && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])
        && text[_at - 1] is 'e' or 'E' && text.AsSpan(start, _at - 1 - start).IndexOfAnyExcept(NumberStart) < 0;

    private HoconToken Substitution(string space)
    {
        if (!Has("${")) throw Error("'$' is only known as ${path} or ${?path}; put the text in \"quotes\"", _line);
        var optional = Has("${?");
        var start = _at + (optional ? 3 : 2);
        var quoted = false;
        for (_at = start; _at < text.Length && text[_at] != '\n' && (quoted || text[_at] != '}'); _at++)
        {
            if (text[_at] == '"') quoted = !quoted;
            else if (text[_at] == '\\' && quoted) _at++;
        }
        if (_at >= text.Length || text[_at] != '}') throw Error("${ without } on the same line", _line);
        var kind = optional ? HoconTokenKind.OptionalSubstitution : HoconTokenKind.Substitution;
        return new HoconToken(kind, text.AsSpan(start, _at++ - start).Trim().ToString(), _line, space);
    }

    private HoconToken Quoted(string space)
    {
        var line = _line;
        if (Has("\"\"\"")) return TripleQuoted(space);
        var value = new StringBuilder();
        for (_at++; ; _at++)
        {
            if (_at == text.Length || text[_at] == '\n')
                throw Error("\" without closing \" on the same line; use \\n or \"\"\"three quotes\"\"\" for several lines", line);
            if (text[_at] == '"') break;
            if (text[_at] < ' ')
            {
                throw Error(
                    $"character {Printable(text[_at])} in a quoted string; write it as an escape, or use \"\"\"three quotes\"\"\"", line);
            }
            value.Append(text[_at] == '\\' ? Escape() : text[_at]);
        }
        _at++;
        return new HoconToken(HoconTokenKind.Quoted, value.ToString(), line, space);
    }

    /// <summary>Reads up to the last of three or more closing quotes: the ones before the last three belong to the text.</summary>
    private HoconToken TripleQuoted(string space)
    {
        var line = _line;
        var start = _at + 3;
        var end = text.IndexOf("\"\"\"", start, StringComparison.Ordinal);
        if (end < 0) throw Error("\"\"\" without closing \"\"\"", line);
        while (end + 3 < text.Length && text[end + 3] == '"') end++;
        _at = end + 3;
        _line += text.AsSpan(start, end - start).Count('\n');
        return new HoconToken(HoconTokenKind.Quoted, text[start..end], line, space);
    }

    private char Escape()
    {
        var c = ++_at < text.Length ? text[_at] : '\n';
        switch (c)
        {
            case '"' or '\\' or '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 < text.Length
                && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            default:
                throw Error($"unknown escape \\{Printable(c)}; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX", _line);
        }
    }

    private static string Printable(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) || char.IsWhiteSpace(c) ? $"U+{(int)c:X4}" : $"'{c}'";

    private ConfigurationException Error(string message, int line) => new(new ConfigurationError(message, "", new HoconOrigin(file, line)));
}
