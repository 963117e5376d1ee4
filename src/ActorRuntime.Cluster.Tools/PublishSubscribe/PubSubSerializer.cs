using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Serialization;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Tools.PublishSubscribe;

/// <summary>The binary form of what mediators forward to each other; the message inside keeps its own.</summary>
internal sealed class PubSubSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const string Name = "pub-sub";
    private const string Delivery = "delivery:1";

    public override int Identifier => 42;

    public override string Manifest(object o) => Delivery;

    public override byte[] ToBinary(object obj)
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(obj, writer);
        return writer.WrittenSpan.ToArray();
    }

    public override void Write(object obj, IBufferWriter<byte> writer)
    {
        var delivery = (MediatorDelivery)obj;
        var inner = System.Serialization.FindSerializerFor(delivery.Message);
        writer.WriteText(delivery.Key);
        writer.WriteInt(delivery.ToOne ? 1 : 0);
        writer.WriteInt(inner.Identifier);
        writer.WriteText(inner.ManifestOf(delivery.Message));
        inner.Write(delivery.Message, writer);
    }

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    public override object Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        if (manifest != Delivery) throw new SerializationException($"no message between mediators has the manifest '{manifest}'");
        try
        {
            var reader = new ByteReader(bytes.Span);
            var (key, toOne, serializer, inner) = (reader.ReadText(), reader.ReadInt() != 0, reader.ReadInt(), reader.ReadText());
            return new MediatorDelivery(key, toOne, System.Serialization.Deserialize(bytes[^reader.Rest.Length..], serializer, inner));
        }
        catch (FormatException e)
        {
            throw new SerializationException($"{manifest}: {e.Message}", e);
        }
    }
}
