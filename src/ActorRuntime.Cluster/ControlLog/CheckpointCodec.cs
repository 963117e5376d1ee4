using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>Views as stored text: the checkpoints that take the place of entries. As strict as <see cref="EntryCodec"/>.</summary>
public static class CheckpointCodec
{
    /// <summary>Longest stored text, in characters. A larger view is not compacted.</summary>
    public const int TextLengthMax = 64 * 1024 * 1024;

    /// <summary>The text to store; equal views give equal texts.</summary>
    public static string Encode(ClusterView view) => JsonSerializer.Serialize(view, EntryCodec.Json);

    /// <summary>The view in a stored text.</summary>
    /// <exception cref="EntryUnreadableException">Written by another version, or damaged.</exception>
    public static ClusterView Decode(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ClusterView>(text, EntryCodec.Json) ?? throw new EntryUnreadableException("it is null", isNewer: false);
        }
        catch (Exception e) when (e is JsonException or FormatException or NotSupportedException or ArgumentException)
        {
            throw new EntryUnreadableException($"it was written by another version of the runtime or is damaged ({e.Message})", isNewer: false, e);
        }
    }
}

/// <summary>Dictionaries by text, ordered by code unit on every machine: the serializer's own would order by the machine's language.</summary>
internal sealed class OrdinalDictionaryConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>)
        && typeToConvert.GetGenericArguments()[0] == typeof(string);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => (JsonConverter)Activator.CreateInstance(
        typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()[1]))!;

    private sealed class Converter<T> : JsonConverter<ImmutableSortedDictionary<string, T>>
    {
        public override ImmutableSortedDictionary<string, T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an object belongs here");
            var entries = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                reader.Read();
                entries.Add(key, JsonSerializer.Deserialize<T>(ref reader, options) ?? throw new JsonException($"'{key}' is null"));
            }
            return entries.ToImmutable();
        }

        public override void Write(Utf8JsonWriter writer, ImmutableSortedDictionary<string, T> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (key, entry) in value)
            {
                writer.WritePropertyName(key);
                JsonSerializer.Serialize(writer, entry, options);
            }
            writer.WriteEndObject();
        }
    }
}
