using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorRuntime.Cmd.Output;

/// <summary>JSON values as people read them.</summary>
internal static class CellText
{
    /// <summary>Text of a cell; nothing is <c>-</c>, yes and no instead of true and false.</summary>
    public static string Of(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "-",
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => Printable(value.GetValue<string>()),
        _ => Printable(value.ToJsonString()),
    };

    /// <summary>Whether it should stand at the right edge of its column.</summary>
    public static bool IsNumber(JsonNode? value) => value is null || value.GetValueKind() is JsonValueKind.Number or JsonValueKind.Null;

    /// <summary>Control characters made visible: a name must not move the cursor of whoever looks at it.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) && c != '\t')) return text;
        var shown = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsControl(c) && c != '\t') shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else shown.Append(c);
        }
        return shown.ToString();
    }
}
