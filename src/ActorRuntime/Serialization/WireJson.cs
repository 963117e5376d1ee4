using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ActorRuntime.Actor;

namespace ActorRuntime.Serialization;

/// <summary>How messages look as JSON.</summary>
internal static class WireJson
{
    [ThreadStatic]
    private static ExtendedActorSystem? _system;

    /// <summary>One for all systems of the process: what the serializer compiles for a type is compiled once. References belong to the system that was entered.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IncludeFields = false,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        Converters = { new RefConverter(), new AddressConverter(), new PathConverter(), new NestedConverters() },
    };

    private static Serialization Serialization => _system!.Serialization;

    /// <summary>What this thread reads and writes until the next call belongs to <paramref name="system"/>.</summary>
    /// <returns>Whose it was before: enter that again afterwards.</returns>
    public static ExtendedActorSystem? Enter(ExtendedActorSystem? system)
    {
        var outer = _system;
        _system = system;
        return outer;
    }

    /// <summary>References as path with address and uid.</summary>
    private sealed class RefConverter : JsonConverter<IActorRef>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(IActorRef).IsAssignableFrom(typeToConvert);

        public override IActorRef? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var resolved = Serialization.RefOf(reader.GetString()!);
            return typeToConvert.IsInstanceOfType(resolved) ? resolved : throw new JsonException($"{resolved} is no {typeToConvert.Name}");
        }

        public override void Write(Utf8JsonWriter writer, IActorRef value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Serialization.PathOf(value));
    }

    private sealed class AddressConverter : JsonConverter<Address>
    {
        public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Address.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

        public override Address ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Address.Parse(reader.GetString()!);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.ToString());
    }

    private sealed class PathConverter : JsonConverter<ActorPath>
    {
        public override bool CanConvert(Type typeToConvert) => typeof(ActorPath).IsAssignableFrom(typeToConvert);

        public override ActorPath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ActorPath.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, ActorPath value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToSerializationFormat());
    }

    /// <summary>Members of type <see cref="object"/>, or of an interface or abstract type, hold any message that may travel by itself.</summary>
    private sealed class NestedConverters : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert == typeof(object)
            || ((typeToConvert.IsInterface || typeToConvert.IsAbstract)
                && !typeof(IEnumerable).IsAssignableFrom(typeToConvert)
                && !typeof(Type).IsAssignableFrom(typeToConvert)
                && !typeToConvert.IsDefined(typeof(JsonPolymorphicAttribute), inherit: false)
                && !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(NestedConverter<>).MakeGenericType(typeToConvert))!;
    }

    /// <summary>{"m": manifest, "v": value} for JSON messages, {"s": serializer, "m": manifest, "b": base64} for all others.</summary>
    private sealed class NestedConverter<T> : JsonConverter<T>
        where T : class
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var parts = document.RootElement;
            var manifest = Part(parts, "m").GetString()!;
            var value = parts.TryGetProperty("s", out var serializer)
                ? Serialization.Deserialize(Part(parts, "b").GetBytesFromBase64(), serializer.GetInt32(), manifest)
                : Serialization.Deserialize(Encoding.UTF8.GetBytes(Part(parts, "v").GetRawText()), WireJsonSerializer.Id, manifest);
            return value as T ?? throw new JsonException($"'{manifest}' is no {typeof(T).Name}");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var serializer = Serialization.FindSerializerFor(value);
            var manifest = serializer.ManifestOf(value);
            writer.WriteStartObject();
            if (serializer is not WireJsonSerializer) writer.WriteNumber("s", serializer.Identifier);
            writer.WriteString("m", manifest);
            if (serializer is WireJsonSerializer)
            {
                writer.WritePropertyName("v");
                JsonSerializer.Serialize(writer, value, value.GetType(), options);
            }
            else
            {
                writer.WriteBase64String("b", serializer.ToBinary(value));
            }
            writer.WriteEndObject();
        }

        private static JsonElement Part(JsonElement parts, string name) =>
            parts.TryGetProperty(name, out var part) ? part : throw new JsonException($"'{name}' is missing");
    }
}
