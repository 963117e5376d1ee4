using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Persistence;

/// <summary>Between events of the domain and bytes in a journal: adapters, tags, serializers. Any thread.</summary>
internal sealed class EventConverter(ExtendedActorSystem system, EventAdapters adapters)
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>An event as it is stored.</summary>
    /// <exception cref="Serialization.SerializationException">Its type may not be stored, or cannot be written.</exception>
    public SerializedPayload ToJournal(object @event)
    {
        var adapter = adapters.Get(@event.GetType());
        var stored = adapter.ToJournal(@event);
        IReadOnlyList<string> tags = [];
        if (stored is Tagged tagged) (stored, tags) = (tagged.Payload, [.. tagged.Tags]);
        return Serialize(stored) with { Tags = tags, AdapterManifest = adapter.Manifest(@event) };
    }

    /// <summary>What takes the place of a stored event.</summary>
    /// <exception cref="Serialization.SerializationException">The manifest is unknown here, or the bytes do not fit it.</exception>
    public IEventSequence FromJournal(JournalEvent stored)
    {
        var payload = Deserialize(stored.Payload, stored.SerializerId, stored.Manifest);
        return adapters.Get(payload.GetType()).FromJournal(payload, stored.AdapterManifest);
    }

    /// <summary>Writes an event or a snapshot with the serializer bound to its type.</summary>
    /// <exception cref="Serialization.SerializationException">Its type may not be stored, or cannot be written.</exception>
    public SerializedPayload Serialize(object value)
    {
        var buffer = _buffer ?? new ArrayBufferWriter<byte>();
        _buffer = null; // A serializer may persist nothing, but it may nest.
        try
        {
            var (serializerId, manifest) = system.Serialization.Serialize(value, buffer);
            return new SerializedPayload(serializerId, manifest, buffer.WrittenSpan.ToArray());
        }
        finally
        {
            buffer.ResetWrittenCount();
            if (buffer.Capacity <= 1024 * 1024) _buffer = buffer;
        }
    }

    /// <summary>Reads an event or a snapshot.</summary>
    /// <exception cref="Serialization.SerializationException">The manifest is unknown here, or the bytes do not fit it.</exception>
    public object Deserialize(ReadOnlyMemory<byte> payload, int serializerId, string manifest) =>
        system.Serialization.Deserialize(payload, serializerId, manifest);
}

/// <summary>A value in the form it is stored in.</summary>
internal readonly record struct SerializedPayload(int SerializerId, string Manifest, byte[] Bytes)
{
    public IReadOnlyList<string> Tags { get; init; } = [];

    public string AdapterManifest { get; init; } = "";
}
