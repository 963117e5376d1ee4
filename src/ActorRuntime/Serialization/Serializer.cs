using System.Buffers;
using ActorRuntime.Actor;

namespace ActorRuntime.Serialization;

/// <summary>Turns messages into bytes and back. One instance per actor system, used by many threads at once.</summary>
/// <param name="system">The system the messages belong to.</param>
public abstract class Serializer(ExtendedActorSystem system)
{
    /// <summary>The system the messages belong to.</summary>
    protected ExtendedActorSystem System { get; } = system;

    /// <summary>Stands on the wire and in journals for ever; unique in a system. 0 to 39 belong to the runtime.</summary>
    public abstract int Identifier { get; }

    /// <summary>True when <see cref="FromBinary(byte[], Type)"/> needs the type; its name, as registered, travels along.</summary>
    public virtual bool IncludeManifest => false;

    /// <summary>The bytes of <paramref name="obj"/>.</summary>
    public abstract byte[] ToBinary(object obj);

    /// <summary>The message of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">As <see cref="ToBinary"/> made them, here or on another node.</param>
    /// <param name="type">A type bound to this serializer when <see cref="IncludeManifest"/> is set, else <see cref="object"/>.</param>
    public abstract object FromBinary(byte[] bytes, Type type);

    /// <inheritdoc cref="FromBinary(byte[], Type)"/>
    public T FromBinary<T>(byte[] bytes) => (T)FromBinary(bytes, typeof(T));

    /// <summary>What <see cref="Serialization.Deserialize(ReadOnlyMemory{byte}, int, string)"/> needs to know of <paramref name="message"/> beside identifier and bytes.</summary>
    /// <exception cref="SerializationException">The serializer does not know the message.</exception>
    public virtual string ManifestOf(object message) => IncludeManifest ? Serialization.TypeManifest(message.GetType()) : "";

    /// <summary>Writes <paramref name="obj"/> without an array in between, where a serializer can.</summary>
    public virtual void Write(object obj, IBufferWriter<byte> writer) => writer.Write(ToBinary(obj));
}

/// <summary>A serializer that names its messages itself; only what it knows by name is ever read.</summary>
/// <param name="system">The system the messages belong to.</param>
public abstract class SerializerWithStringManifest(ExtendedActorSystem system) : Serializer(system)
{
    /// <summary>Always true.</summary>
    public sealed override bool IncludeManifest => true;

    /// <summary>Short, stable name of the form of <paramref name="o"/>.</summary>
    public abstract string Manifest(object o);

    /// <inheritdoc/>
    public sealed override string ManifestOf(object message) => Manifest(message);

    /// <summary>The message of <paramref name="bytes"/>.</summary>
    /// <exception cref="SerializationException">The manifest is unknown or the bytes do not fit it.</exception>
    public abstract object FromBinary(byte[] bytes, string manifest);

    /// <summary>Reads without an array in between, where a serializer can; it must not keep <paramref name="bytes"/>.</summary>
    /// <exception cref="SerializationException">The manifest is unknown or the bytes do not fit it.</exception>
    public virtual object Read(ReadOnlyMemory<byte> bytes, string manifest) => FromBinary(bytes.ToArray(), manifest);

    /// <summary>Not used: such a serializer reads by manifest.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public sealed override object FromBinary(byte[] bytes, Type type) =>
        throw new NotSupportedException($"{GetType().Name} reads by manifest; call FromBinary(bytes, manifest).");
}
