using ActorRuntime.Actor;
using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Transport;

/// <summary>Reads what the peer's <see cref="MessageEncoder"/> wrote on one connection.</summary>
/// <remarks>Benchmark: <c>remote-oneway</c>. Not thread-safe.</remarks>
/// <param name="provider">Resolves references.</param>
/// <param name="serialization">Reads payloads.</param>
/// <param name="peer">Address of the side that writes.</param>
internal sealed class MessageDecoder(RemoteActorRefProvider provider, Serialization.Serialization serialization, Address peer)
{
    private const int PathBytesMax = 16_384;
    private const int ManifestBytesMax = 1024;

    private readonly SlotReader<Recipient> _recipients = new(MessageEncoder.PathSlots);
    private readonly SlotReader<IActorRef> _senders = new(MessageEncoder.PathSlots);
    private readonly SlotReader<Manifest> _manifests = new(MessageEncoder.ManifestSlots);

    /// <summary>Reads everything in front of the payload; the payload is what <paramref name="reader"/> has left.</summary>
    /// <exception cref="WireException">The bytes are not of this protocol: close the connection.</exception>
    public MessageHead ReadHead(ref WireReader reader)
    {
        var recipient = ReadRecipient(ref reader);
        var sender = ReadSender(ref reader);
        return new MessageHead(recipient, sender, ReadManifest(ref reader));
    }

    /// <summary>Reads the payload.</summary>
    /// <exception cref="Serialization.SerializationException">Not on the allow-list, or the bytes do not fit: drop this message.</exception>
    public object ReadPayload(in MessageHead head, ReadOnlyMemory<byte> payload) =>
        serialization.Deserialize(payload, head.Manifest.SerializerId, head.Manifest.Name);

    private IInternalActorRef ReadRecipient(ref WireReader reader)
    {
        var tag = reader.ReadInt(MessageEncoder.TagSlot + MessageEncoder.PathSlots, "recipient");
        switch (tag)
        {
            case MessageEncoder.TagNone: throw new WireException("message without recipient");
            case MessageEncoder.TagInline: return ResolveRecipient(reader.ReadString(PathBytesMax, "recipient"));
            case MessageEncoder.TagAssign:
                var slot = reader.ReadInt(MessageEncoder.PathSlots, "slot");
                var text = reader.ReadString(PathBytesMax, "recipient");
                var assigned = new Recipient(text) { Ref = ResolveRecipient(text) };
                _recipients.Set(slot, assigned);
                return assigned.Ref;
            default:
                var known = _recipients.Get(tag - MessageEncoder.TagSlot);
                // A path without uid means whoever lives there now; one with uid stays with its incarnation, dead or alive.
                if (known.Ref.IsTerminated || known.Ref.Path.Uid == 0) known.Ref = ResolveRecipient(known.Path);
                return known.Ref;
        }
    }

    private IActorRef? ReadSender(ref WireReader reader)
    {
        var tag = reader.ReadInt(MessageEncoder.TagSlot + MessageEncoder.PathSlots, "sender");
        switch (tag)
        {
            case MessageEncoder.TagNone: return null;
            case MessageEncoder.TagInline: return ResolveSender(reader.ReadString(PathBytesMax, "sender"));
            case MessageEncoder.TagAssign:
                var slot = reader.ReadInt(MessageEncoder.PathSlots, "slot");
                var sender = ResolveSender(reader.ReadString(PathBytesMax, "sender"));
                _senders.Set(slot, sender);
                return sender;
            default: return _senders.Get(tag - MessageEncoder.TagSlot);
        }
    }

    private Manifest ReadManifest(ref WireReader reader)
    {
        var tag = reader.ReadInt(MessageEncoder.TagSlot + MessageEncoder.ManifestSlots, "manifest");
        if (tag >= MessageEncoder.TagSlot) return _manifests.Get(tag - MessageEncoder.TagSlot);
        if (tag != MessageEncoder.TagAssign) throw new WireException($"manifest of kind {tag}");
        var slot = reader.ReadInt(MessageEncoder.ManifestSlots, "slot");
        var serializerId = reader.ReadInt64();
        if (serializerId is < int.MinValue or > int.MaxValue) throw new WireException($"serializer {serializerId}");
        var manifest = new Manifest((int)serializerId, reader.ReadString(ManifestBytesMax, "manifest"));
        _manifests.Set(slot, manifest);
        return manifest;
    }

    private IInternalActorRef ResolveRecipient(string text) =>
        ActorPath.TryParse(provider.RootPath, text, out var path)
            ? (IInternalActorRef)provider.ResolveActorRef(path)
            : throw new WireException($"recipient '{text}' is no path");

    private IActorRef ResolveSender(string text)
    {
        var isParsed = text.StartsWith('/')
            ? ActorPath.TryParse(new RootActorPath(peer), text, out var path)
            : ActorPath.TryParse(text, out path);
        return isParsed ? provider.ResolveActorRef(path!) : throw new WireException($"sender '{text}' is no path");
    }

    /// <summary>Serializer and form of a payload.</summary>
    internal sealed record Manifest(int SerializerId, string Name);

    private sealed class Recipient(string path)
    {
        public string Path { get; } = path;

        public required IInternalActorRef Ref { get; set; }
    }
}

/// <summary>What stands in front of a payload.</summary>
internal readonly record struct MessageHead(IInternalActorRef Recipient, IActorRef? Sender, MessageDecoder.Manifest Manifest);
