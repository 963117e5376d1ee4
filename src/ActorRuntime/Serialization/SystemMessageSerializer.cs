using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Serialization;

/// <summary>The lifecycle signals that cross nodes: watching, its undoing, its notice, and stopping.</summary>
/// <param name="system">The system the messages belong to.</param>
internal sealed class SystemMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Identifier on the wire.</summary>
    public const int Id = 3;

    private const uint ExistenceConfirmed = 1, AddressTerminated = 2;

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        Watch => "w",
        Unwatch => "u",
        DeathWatchNotification => "d",
        Terminate => "t",
        _ => throw new SerializationException($"{o.GetType().Name} stays within its actor system."),
    };

    public override void Write(object obj, IBufferWriter<byte> writer)
    {
        switch (obj)
        {
            case Watch watch: WritePair(watch.Watchee, watch.Watcher, writer); break;
            case Unwatch unwatch: WritePair(unwatch.Watchee, unwatch.Watcher, writer); break;
            case DeathWatchNotification death:
                writer.WriteVarint((death.ExistenceConfirmed ? ExistenceConfirmed : 0) | (death.AddressTerminated ? AddressTerminated : 0));
                writer.WriteString(System.Serialization.PathOf(death.Actor));
                break;
            default: break; // Terminate says it all by its manifest.
        }
    }

    public override object Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        var reader = new PayloadReader(bytes);
        switch (manifest)
        {
            case "w": return new Watch(ReadRef(ref reader), ReadRef(ref reader));
            case "u": return new Unwatch(ReadRef(ref reader), ReadRef(ref reader));
            case "d":
                var flags = reader.ReadVarint();
                return new DeathWatchNotification(ReadRef(ref reader), (flags & ExistenceConfirmed) != 0, (flags & AddressTerminated) != 0);
            case "t": return new Terminate();
            default: throw new SerializationException($"No system message has the manifest '{manifest}'.");
        }
    }

    public override byte[] ToBinary(object obj)
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(obj, writer);
        return writer.WrittenSpan.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    private IInternalActorRef ReadRef(ref PayloadReader reader) => (IInternalActorRef)System.Serialization.RefOf(reader.ReadString());

    private void WritePair(IActorRef watchee, IActorRef watcher, IBufferWriter<byte> writer)
    {
        writer.WriteString(System.Serialization.PathOf(watchee));
        writer.WriteString(System.Serialization.PathOf(watcher));
    }
}
