using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorRuntime.Node.Management;

/// <summary>Writes the lines that answer a request. docs/management-protocol.md describes them.</summary>
internal static class ManagementReply
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The one result of a command.</summary>
    public static ReadOnlyMemory<byte> Result(long id, JsonNode result) => Line(id, ok: true, writer => Property(writer, "result", result));

    /// <summary>One of many results.</summary>
    public static ReadOnlyMemory<byte> Item(long id, JsonNode item) => Line(id, ok: true, writer => Property(writer, "item", item));

    /// <summary>No more results come.</summary>
    public static ReadOnlyMemory<byte> End(long id) => Line(id, ok: true, writer => writer.WriteBoolean("end", true));

    /// <summary>The command ended with an error.</summary>
    public static ReadOnlyMemory<byte> Error(long id, string code, string message, string? hint) => Line(id, ok: false, writer =>
    {
        writer.WriteStartObject("error");
        writer.WriteString("code", code);
        writer.WriteString("message", message);
        if (hint is not null) writer.WriteString("hint", hint);
        writer.WriteEndObject();
    });

    private static void Property(Utf8JsonWriter writer, string name, JsonNode value)
    {
        writer.WritePropertyName(name);
        value.WriteTo(writer);
    }

    private static ReadOnlyMemory<byte> Line(long id, bool ok, Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            writer.WriteBoolean("ok", ok);
            body(writer);
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}
