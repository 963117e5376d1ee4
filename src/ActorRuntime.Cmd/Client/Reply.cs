using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorRuntime.Cmd.Client;

/// <summary>One line a node answers with.</summary>
internal abstract record Reply
{
    private Reply() { }

    /// <summary>The one result of a command.</summary>
    public sealed record Result(JsonNode Value) : Reply;

    /// <summary>One of many results.</summary>
    public sealed record Item(JsonNode Value) : Reply;

    /// <summary>No more results come.</summary>
    public sealed record End : Reply;

    /// <summary>The command was refused or failed.</summary>
    /// <param name="Code">One word for programs.</param>
    /// <param name="Message">What is wrong.</param>
    /// <param name="Hint">What to do; null when the node has nothing to say.</param>
    public sealed record Refused(string Code, string Message, string? Hint) : Reply;

    /// <summary>Reads a line.</summary>
    /// <returns>Null when it is not of the management protocol.</returns>
    public static Reply? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonNode.Parse(line) is not JsonObject reply || reply["ok"] is not JsonValue ok) return null;
            if (!ok.TryGetValue(out bool succeeded)) return null;
            if (!succeeded)
            {
                return reply["error"] is JsonObject error && error["code"] is { } code && error["message"] is { } message
                    ? new Refused(code.GetValue<string>(), message.GetValue<string>(), error["hint"]?.GetValue<string>())
                    : null;
            }
            return reply["result"] is { } result ? new Result(result)
                : reply["item"] is { } item ? new Item(item)
                : reply["end"] is not null ? new End()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null; // No JSON; or a value of another type; or a key that stands twice.
        }
    }
}
