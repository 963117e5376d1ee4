using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorRuntime.Cluster.View;
using ActorRuntime.Persistence.ControlLog;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Entries as stored text: readable JSON, strict in both directions.</summary>
/// <remarks>The digest is over the stored bytes, never over objects. A field or kind this version does not know stops a node from
/// deciding: ignoring it would give it another view than its peers have (I6).</remarks>
public static class EntryCodec
{
    /// <summary>Longest stored text, in characters. A proposal beyond it is refused before it is sent.</summary>
    public const int TextLengthMax = 4 * 1024 * 1024;

    private static readonly FrozenSet<string> Kinds = typeof(ControlChange)
        .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
        .Select(kind => (string)((JsonDerivedTypeAttribute)kind).TypeDiscriminator!).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>How entries and views are written: camel case, enumerations and node keys as text.</summary>
    public static JsonSerializerOptions Json { get; } = CreateOptions();

    /// <summary>The text to store.</summary>
    public static string Encode(LogEntry entry) => JsonSerializer.Serialize(entry, Json);

    /// <summary>SHA-256 over the stored text in UTF-8, lower-case hexadecimal.</summary>
    public static string Digest(string text) => ControlLogDigest.Of(text);

    /// <summary>The entry in a stored text.</summary>
    /// <exception cref="EntryUnreadableException">Written by a newer version, or damaged.</exception>
    public static LogEntry Decode(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<LogEntry>(text, Json) ?? throw new EntryUnreadableException("it is null", isNewer: false);
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException)
        {
            throw UnknownKind(text) is { } kind
                ? new EntryUnreadableException($"it holds a change of kind '{kind}', which needs a newer version of the runtime", isNewer: true)
                : new EntryUnreadableException($"it was written by a newer version of the runtime or is damaged ({e.Message})", isNewer: false, e);
        }
    }

    private static string? UnknownKind(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            foreach (var change in document.RootElement.GetProperty("changes").EnumerateArray())
                if (change.TryGetProperty("kind", out var kind) && kind.GetString() is { } name && !Kinds.Contains(name)) return name;
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null; // Not even the frame of an entry: damaged.
        }
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNameCaseInsensitive = false,
            NumberHandling = JsonNumberHandling.Strict,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters =
            {
                new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
                new NodeKeyJsonConverter(), new ReplicaIdJsonConverter(), new OrdinalDictionaryConverter(),
            },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>A log entry that this version cannot read. The node goes on with the view it has and decides nothing more.</summary>
public sealed class EntryUnreadableException(string message, bool isNewer, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>True when a newer version wrote it: upgrade this node.</summary>
    public bool IsNewer { get; } = isNewer;
}

/// <summary>Node keys as text, also as property names.</summary>
internal sealed class NodeKeyJsonConverter : JsonConverter<NodeKey>
{
    public override NodeKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NodeKey.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, NodeKey value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    public override NodeKey ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NodeKey.Parse(reader.GetString() ?? "");

    public override void WriteAsPropertyName(Utf8JsonWriter writer, NodeKey value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());
}

/// <summary>Replicas as text.</summary>
internal sealed class ReplicaIdJsonConverter : JsonConverter<ReplicaId>
{
    public override ReplicaId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ReplicaId.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, ReplicaId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
