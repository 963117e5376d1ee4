using System.Globalization;
using ActorRuntime.Actor;
using ActorRuntime.Remote.Wire;

namespace ActorRuntime.Remote.Transport;

/// <summary>Writes messages for one connection: paths and manifests in full once, as small numbers from then on.</summary>
/// <remarks>Benchmark: <c>remote-oneway</c>. A message: length, recipient, sender, manifest, payload. Not thread-safe.</remarks>
/// <param name="serialization">Writes payloads.</param>
internal sealed class MessageEncoder(Serialization.Serialization serialization)
{
    /// <summary>Slots for recipients, and as many for senders.</summary>
    public const int PathSlots = 4096;

    /// <summary>Slots for manifests.</summary>
    public const int ManifestSlots = 1024;

    /// <summary>In place of a slot: nobody.</summary>
    public const int TagNone = 0;

    /// <summary>In place of a slot: the value follows and is not kept.</summary>
    public const int TagInline = 1;

    /// <summary>In place of a slot: slot and value follow.</summary>
    public const int TagAssign = 2;

    /// <summary>Added to a slot that was assigned before.</summary>
    public const int TagSlot = 3;

    private readonly SlotWriter<IActorRef> _recipients = new(PathSlots, ReferenceEqualityComparer.Instance);
    private readonly SlotWriter<IActorRef> _senders = new(PathSlots, ReferenceEqualityComparer.Instance);
    private readonly SlotWriter<(int, string)> _manifests = new(ManifestSlots);

    /// <summary>Writes one message; when it cannot be written, nothing is, and the exception goes to the caller.</summary>
    public void Write(FrameWriter writer, in OutboundMessage message, long bytesMax)
    {
        var start = writer.Length;
        var (recipientSlot, senderSlot, manifestSlot) = (-1, -1, -1);
        var isWritten = false;
        try
        {
            var serializer = serialization.FindSerializerFor(message.Message);
            var manifest = serializer.ManifestOf(message.Message);
            var body = writer.BeginLengthPrefix();
            recipientSlot = WriteRef(writer, _recipients, message.Recipient, withAddress: false);
            if (message.Sender is null) writer.WriteVarint(TagNone);
            else senderSlot = WriteRef(writer, _senders, message.Sender, withAddress: message.Sender is RemoteActorRef);
            manifestSlot = WriteManifest(writer, serializer.Identifier, manifest);
            serializer.Write(message.Message, writer);
            if (writer.Length - body > bytesMax)
            {
                throw new Serialization.SerializationException(
                    $"{message.Message.GetType()} takes {writer.Length - body} bytes, actor-runtime.remote.maximum-frame-size is {bytesMax}");
            }
            writer.EndLengthPrefix(body);
            isWritten = true;
        }
        finally
        {
            if (!isWritten)
            {
                writer.Truncate(start);
                if (recipientSlot >= 0) _recipients.Forget(recipientSlot);
                if (senderSlot >= 0) _senders.Forget(senderSlot);
                if (manifestSlot >= 0) _manifests.Forget(manifestSlot);
            }
        }
    }

    /// <returns>The slot assigned by this call, or -1.</returns>
    private static int WriteRef(FrameWriter writer, SlotWriter<IActorRef> slots, IActorRef actor, bool withAddress)
    {
        var slot = slots.Find(actor);
        if (slot >= 0)
        {
            writer.WriteVarint((uint)(slot + TagSlot));
            return -1;
        }
        if (IsTemporary(actor.Path))
        {
            writer.WriteVarint(TagInline);
            writer.WriteString(TextOf(actor.Path, withAddress));
            return -1;
        }
        slot = slots.Assign(actor);
        writer.WriteVarint(TagAssign);
        writer.WriteVarint((uint)slot);
        writer.WriteString(TextOf(actor.Path, withAddress));
        return slot;
    }

    private int WriteManifest(FrameWriter writer, int serializerId, string manifest)
    {
        var slot = _manifests.Find((serializerId, manifest));
        if (slot >= 0)
        {
            writer.WriteVarint((uint)(slot + TagSlot));
            return -1;
        }
        slot = _manifests.Assign((serializerId, manifest));
        writer.WriteVarint(TagAssign);
        writer.WriteVarint((uint)slot);
        writer.WriteInt64(serializerId);
        writer.WriteString(manifest);
        return slot;
    }

    /// <summary>The reference of one ask is used once: not worth a slot.</summary>
    private static bool IsTemporary(ActorPath path) => path.Parent.Name == "temp";

    /// <summary>
    /// Recipients live on the peer and most senders here, so the address is left out: a recipient's path is relative to the reader, a sender's to the writer.
    /// </summary>
    private static string TextOf(ActorPath path, bool withAddress)
    {
        var text = withAddress ? path.ToStringWithAddress() : path.ToStringWithoutAddress();
        return path.Uid == 0 ? text : text + '#' + path.Uid.ToString(CultureInfo.InvariantCulture);
    }
}
