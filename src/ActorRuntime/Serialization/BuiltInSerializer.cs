using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorRuntime.Actor;
using ActorRuntime.Routing;

namespace ActorRuntime.Serialization;

/// <summary>Strings, numbers, bytes, references and the runtime's own messages, each in its shortest form.</summary>
/// <param name="system">The system the messages belong to.</param>
internal sealed class BuiltInSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Identifier on the wire.</summary>
    public const int Id = 1;

    private const int SelectionElementsMax = 1024;
    private const int FailureDetailCharactersMax = 8192;

    /// <summary>The types it is bound to; subtypes included.</summary>
    public static readonly Type[] Types =
    [
        typeof(string), typeof(int), typeof(long), typeof(bool), typeof(double), typeof(byte[]), typeof(Done), typeof(IActorRef),
        typeof(Status), typeof(PoisonPill), typeof(Kill), typeof(Identify), typeof(ActorIdentity), typeof(ActorSelectionMessage),
        typeof(Broadcast), typeof(ConsistentHashableEnvelope),
    ];

    public override int Identifier => Id;

    public override string Manifest(object o) => o switch
    {
        string => "s",
        byte[] => "b",
        long => "l",
        int => "i",
        bool => "t",
        double => "d",
        Done => "done",
        IActorRef => "ref",
        ActorSelectionMessage => "sel",
        Status.Success => "ok",
        Status.Failure => "fail",
        Identify => "who",
        ActorIdentity => "me",
        PoisonPill => "pill",
        Kill => "kill",
        Broadcast => "all",
        ConsistentHashableEnvelope => "key",
        _ => throw new SerializationException($"{o.GetType()} is not a built-in message."),
    };

    public override void Write(object obj, IBufferWriter<byte> writer)
    {
        switch (obj)
        {
            case string text: writer.WriteUtf8(text); break;
            case byte[] bytes: writer.Write(bytes); break;
            case long number: writer.WriteSigned(number); break;
            case int number: writer.WriteSigned(number); break;
            case bool flag: writer.WriteVarint(flag ? 1u : 0u); break;
            case double number: WriteDouble(number, writer); break;
            case IActorRef actor: writer.WriteUtf8(System.Serialization.PathOf(actor)); break;
            case ActorSelectionMessage selection: WriteSelection(selection, writer); break;
            case Status.Success success: System.Serialization.WriteNested(success.Result, writer); break;
            case Status.Failure failure: WriteFailure(failure, writer); break;
            case Identify identify: System.Serialization.WriteNested(identify.MessageId, writer); break;
            case ActorIdentity identity:
                writer.WriteString(identity.Subject is { } subject ? System.Serialization.PathOf(subject) : "");
                System.Serialization.WriteNested(identity.MessageId, writer);
                break;
            case Broadcast broadcast: System.Serialization.WriteNested(broadcast.Message, writer); break;
            case ConsistentHashableEnvelope envelope: WriteKeyed(envelope, writer); break;
            default: break; // Singletons: the manifest says it all.
        }
    }

    public override object Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        var reader = new PayloadReader(bytes);
        switch (manifest)
        {
            case "s": return Encoding.UTF8.GetString(bytes.Span);
            case "b": return bytes.ToArray();
            case "l": return reader.ReadSigned();
            case "i": return checked((int)reader.ReadSigned());
            case "t": return reader.ReadVarint() != 0;
            case "d": return BinaryPrimitives.ReadDoubleLittleEndian(reader.Take(sizeof(double)).Span);
            case "done": return Done.Instance;
            case "ref": return System.Serialization.RefOf(Encoding.UTF8.GetString(bytes.Span));
            case "sel": return ReadSelection(ref reader);
            case "ok": return new Status.Success(System.Serialization.ReadNested(reader.Rest));
            case "fail": return ReadFailure(ref reader);
            case "who": return new Identify(System.Serialization.ReadNested(reader.Rest));
            case "me":
                var subject = reader.ReadString();
                return new ActorIdentity(System.Serialization.ReadNested(reader.Rest), subject.Length == 0 ? null : System.Serialization.RefOf(subject));
            case "pill": return PoisonPill.Instance;
            case "kill": return Kill.Instance;
            case "all": return new Broadcast(Required(System.Serialization.ReadNested(reader.Rest)));
            case "key": return ReadKeyed(ref reader);
            default: throw new SerializationException($"No built-in message has the manifest '{manifest}'.");
        }
    }

    public override byte[] ToBinary(object obj)
    {
        var writer = new ArrayBufferWriter<byte>();
        Write(obj, writer);
        return writer.WrittenSpan.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest) => Read(bytes, manifest);

    private static void WriteDouble(double number, IBufferWriter<byte> writer)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(writer.GetSpan(sizeof(double)), number);
        writer.Advance(sizeof(double));
    }

    private void WriteSelection(ActorSelectionMessage selection, IBufferWriter<byte> writer)
    {
        writer.WriteVarint(selection.WildcardFanOut ? 1u : 0u);
        writer.WriteVarint((uint)selection.Elements.Count);
        foreach (var element in selection.Elements) writer.WriteString(element);
        System.Serialization.WriteNested(selection.Message, writer);
    }

    private ActorSelectionMessage ReadSelection(ref PayloadReader reader)
    {
        var isFanOut = reader.ReadVarint() != 0;
        var count = reader.ReadVarint();
        if (count > SelectionElementsMax) throw new SerializationException($"Selection of {count} elements, allowed are {SelectionElementsMax}.");
        var elements = new string[count];
        for (var i = 0; i < elements.Length; i++) elements[i] = reader.ReadString();
        var message = System.Serialization.ReadNested(reader.Rest) ?? throw new SerializationException("Selection without a message.");
        return new ActorSelectionMessage(message, elements, isFanOut);
    }

    private static object Required(object? inside) => inside ?? throw new SerializationException("An envelope with nothing inside.");

    private void WriteKeyed(ConsistentHashableEnvelope envelope, IBufferWriter<byte> writer)
    {
        var key = new ArrayBufferWriter<byte>();
        System.Serialization.WriteNested(envelope.HashKey, key);
        writer.WriteVarint((uint)key.WrittenCount);
        writer.Write(key.WrittenSpan);
        System.Serialization.WriteNested(envelope.Message, writer);
    }

    private ConsistentHashableEnvelope ReadKeyed(ref PayloadReader reader)
    {
        var length = reader.ReadVarint();
        if (length > int.MaxValue) throw new SerializationException($"Key of {length} bytes.");
        var key = Required(System.Serialization.ReadNested(reader.Take((int)length)));
        return new ConsistentHashableEnvelope(Required(System.Serialization.ReadNested(reader.Rest)), key);
    }

    private void WriteFailure(Status.Failure failure, IBufferWriter<byte> writer)
    {
        var (type, detail) = failure.Cause is RemoteFailureException remote
            ? (remote.TypeName, remote.Detail)
            : (failure.Cause.GetType().FullName!, failure.Cause.ToString());
        writer.WriteString(type);
        writer.WriteString(failure.Cause.Message);
        writer.WriteString(detail.Length > FailureDetailCharactersMax ? detail[..FailureDetailCharactersMax] : detail);
        System.Serialization.WriteNested(failure.State, writer);
    }

    private Status.Failure ReadFailure(ref PayloadReader reader)
    {
        var cause = new RemoteFailureException(reader.ReadString(), reader.ReadString(), reader.ReadString());
        return new Status.Failure(cause, System.Serialization.ReadNested(reader.Rest));
    }
}
