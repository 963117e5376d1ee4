using System.Globalization;
using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>Writes values as HOCON that parses to the same value.</summary>
internal static class HoconRenderer
{
    private const int Indent = 2;

    /// <summary>The text of <paramref name="value"/>; an object comes without its outer braces.</summary>
    public static string Render(HoconValue value)
    {
        var text = new StringBuilder();
        if (value is HoconValue.Object root) Fields(text, root, 0);
        else Value(text, value, 0);
        return text.ToString();
    }

    /// <summary><paramref name="text"/> in quotes, escaped.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    private static void Fields(StringBuilder text, HoconValue.Object value, int column)
    {
        foreach (var (key, item) in value.Items)
        {
            text.Append(' ', column).Append(HoconPath.Quoted(key)).Append(item is HoconValue.Object ? " " : " = ");
            Value(text, item, column);
            text.Append('\n');
        }
    }

    private static void Value(StringBuilder text, HoconValue value, int column)
    {
        switch (value)
        {
            case HoconValue.Scalar scalar:
                text.Append(IsPlain(scalar.Text) ? scalar.Text : Quote(scalar.Text));
                break;
            case HoconValue.List list:
                text.Append('[');
                for (var index = 0; index < list.Items.Count; index++)
                {
                    if (index > 0) text.Append(", ");
                    Value(text, list.Items[index], column + Indent);
                }
                text.Append(']');
                break;
            case HoconValue.Object { Items.Count: 0 }:
                text.Append("{}");
                break;
            case HoconValue.Object fields:
                text.Append("{\n");
                Fields(text, fields, column + Indent);
                text.Append(' ', column).Append('}');
                break;
            default:
                text.Append("null");
                break;
        }
    }

    /// <summary>Numbers, booleans, words and durations such as <c>10ms</c> need no quotes.</summary>
    private static bool IsPlain(string text) =>
        text.Length > 0 && text != "null" && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
