using System.Text.Json;
using System.Text.Unicode;

namespace ActorRuntime.Node.Management;

/// <summary>One line from a client: a command to carry out, or the end of one under way.</summary>
/// <param name="Id">Chosen by the client, 1 or more; every reply to this command carries it.</param>
/// <param name="Words">The command and its arguments; empty when <paramref name="Cancel"/>.</param>
/// <param name="Follow">For streams: go on until cancelled.</param>
/// <param name="Cancel">Ends the command with this id.</param>
internal sealed record ManagementRequest(long Id, IReadOnlyList<string> Words, bool Follow, bool Cancel)
{
    private const int WordsMax = 64;

    /// <summary>Reads <c>{"id":1,"command":["cluster","show"],"follow":false}</c> or <c>{"id":1,"cancel":true}</c>.</summary>
    /// <returns>Null when the line is anything else.</returns>
    public static ManagementRequest? Parse(ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span)) return null;
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            if (!root.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out var number)
                || number < 1)
                return null;
            if (Flag(root, "cancel")) return new ManagementRequest(number, [], false, true);
            if (!root.TryGetProperty("command", out var command) || command.ValueKind != JsonValueKind.Array) return null;
            if (command.GetArrayLength() > WordsMax) return null;
            if (command.EnumerateArray().Any(word => word.ValueKind != JsonValueKind.String)) return null;
            string[] words = [.. command.EnumerateArray().Select(word => word.GetString()!)];
            return new ManagementRequest(number, words, Flag(root, "follow"), false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: an escape that is half a character.
        }
    }

    private static bool Flag(JsonElement root, string name) =>
        root.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;
}
