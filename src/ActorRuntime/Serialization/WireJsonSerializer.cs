using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorRuntime.Actor;

namespace ActorRuntime.Serialization;

/// <summary>Writes types on the allow-list as UTF-8 JSON, straight into the buffer.</summary>
/// <remarks>
/// Unknown members are skipped and members with a default value may be missing, so a record can grow. A missing member without default, or null where
/// the type does not allow it, is an error.
/// </remarks>
internal sealed class WireJsonSerializer : SerializerWithStringManifest
{
    /// <summary>Identifier on the wire.</summary>
    public const int Id = 2;

    [ThreadStatic]
    private static Utf8JsonWriter? _idleWriter;

    private readonly ExtendedActorSystem _system;
    private readonly WireRegistry _registry;

    public WireJsonSerializer(ExtendedActorSystem system, WireRegistry registry)
        : base(system) => (_system, _registry) = (system, registry);

    public override int Identifier => Id;

    public override string Manifest(object o) => EntryOf(o).Manifest;

    public override void Write(object obj, IBufferWriter<byte> writer)
    {
        var json = JsonOf(EntryOf(obj));
        // A nested message is written while the outer one is: it finds no idle writer and makes its own.
        var (idle, output) = (_idleWriter, writer);
        _idleWriter = null;
        if (idle is null) idle = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        else idle.Reset(output);
        var outer = WireJson.Enter(_system);
        try
        {
            JsonSerializer.Serialize(idle, obj, json);
            idle.Flush();
            _idleWriter = idle;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new SerializationException($"{obj.GetType()} cannot be written: {e.Message}", e);
        }
        finally
        {
            WireJson.Enter(outer);
        }
    }

    public override object Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        var entry = _registry.Find(manifest)
            ?? throw new SerializationException($"No type is registered as '{manifest}'; deploy the assembly that declares it on this node as well.");
        var outer = WireJson.Enter(_system);
        try
        {
            return JsonSerializer.Deserialize(bytes.Span, JsonOf(entry))
                ?? throw new SerializationException($"Bytes of '{manifest}' are null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new SerializationException($"Bytes of '{manifest}' do not fit {entry.Type}: {e.Message}", e);
        }
        finally
        {
            WireJson.Enter(outer);
        }
    }

    public override byte[] ToBinary(object obj)
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(obj, writer);
        return writer.WrittenSpan.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    private WireType EntryOf(object message) =>
        _registry.Find(message.GetType())
        ?? throw new SerializationException($"{message.GetType()} may not cross the wire: give it [WireType(\"name\")], or bind a serializer to it.");

    private static JsonTypeInfo JsonOf(WireType entry) => entry.Json ??= WireJson.Options.GetTypeInfo(entry.Type);
}
