using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.Sharding.Regions;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Serialization;

/// <summary>Binary forms of what sharding sends and stores often: forwarded messages, events and messages of flows, messages between
/// replicas.</summary>
internal sealed class ShardingSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public const string Name = "sharding";
    private const string Forwarded = "forwarded:1";

    /// <summary>What it is bound to.</summary>
    public static Type[] Types { get; } = [typeof(ForwardedMessage), typeof(FlowEvent), typeof(FlowMessage), typeof(FromReplica)];

    public override int Identifier => FlowForm.SerializerId;

    public override string Manifest(object o) => o switch
    {
        ForwardedMessage => Forwarded,
        FromReplica replica => ReplicaForm.Manifest(replica),
        _ => FlowForm.Manifest(o),
    };

    public override byte[] ToBinary(object obj)
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(obj, writer);
        return writer.WrittenSpan.ToArray();
    }

    public override void Write(object obj, IBufferWriter<byte> writer)
    {
        if (obj is FromReplica replica)
        {
            ReplicaForm.Write(replica, writer);
            return;
        }
        if (obj is not ForwardedMessage forwarded)
        {
            FlowForm.Write(obj, writer);
            return;
        }
        var inner = System.Serialization.FindSerializerFor(forwarded.Message);
        writer.WriteText(forwarded.Shard);
        writer.WriteText(forwarded.EntityId);
        writer.WriteLong(forwarded.Version);
        writer.WriteInt(forwarded.Hops);
        writer.WriteInt(inner.Identifier);
        writer.WriteText(inner.ManifestOf(forwarded.Message));
        inner.Write(forwarded.Message, writer);
    }

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    public override object Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        try
        {
            return manifest == Forwarded ? ReadForwarded(bytes)
                : ReplicaForm.Knows(manifest) ? ReplicaForm.Read(bytes, manifest) : FlowForm.Read(bytes.Span, manifest);
        }
        catch (FormatException e)
        {
            throw new SerializationException($"{manifest}: {e.Message}", e);
        }
    }

    private ForwardedMessage ReadForwarded(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes.Span);
        var (shard, entity, version, hops) = (reader.ReadText(), reader.ReadText(), reader.ReadLong(), reader.ReadInt());
        var (serializer, manifest) = (reader.ReadInt(), reader.ReadText());
        var message = System.Serialization.Deserialize(bytes[^reader.Rest.Length..], serializer, manifest);
        return new ForwardedMessage(shard, entity, message, version, hops);
    }
}
