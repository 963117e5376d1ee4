using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Serialization;

/// <summary>All serializers of one actor system, and the allow-list of what they read.</summary>
/// <remarks>
/// A message type gets onto the wire by <see cref="WireTypeAttribute"/> (JSON), by <see cref="SerializationSetup"/>, or by the bindings
/// under <c>actor-runtime.actor</c> in configuration; in this order of weight: configuration, setup, built in, attribute. Types are never looked up by a name that came from outside.
/// Any thread.
/// </remarks>
public sealed class Serialization
{
    private const int RuntimeIdentifierMax = 39;

    private readonly ExtendedActorSystem _system;
    private readonly WireRegistry _registry = new();
    private readonly ConcurrentDictionary<int, Serializer> _byIdentifier = new();
    private readonly ConcurrentDictionary<string, Serializer> _byName = new();
    private readonly Lock _lock = new();
    private (Type Bound, Serializer Serializer)[] _bindings = [];
    private readonly ConcurrentDictionary<Type, Serializer> _byType = new();
    private readonly ConcurrentDictionary<string, Type> _typeOfName = new();
    private readonly WireJsonSerializer _json;

    /// <summary>Builds the serializers of <paramref name="system"/>.</summary>
    /// <exception cref="ConfigurationException">A serializer or a bound type of the configuration cannot be found or made.</exception>
    /// <exception cref="ArgumentException">Two serializers claim one identifier, or two types one wire name.</exception>
    public Serialization(ExtendedActorSystem system, SerializationSetup? setup, Config config)
    {
        _system = system;
        _json = new WireJsonSerializer(system, _registry);
        var builtIn = new BuiltInSerializer(system);
        AddRuntimeTypes();
        Add("json", _json);
        Add("built-in", builtIn);
        var systemMessages = new SystemMessageSerializer(system);
        Add("system", systemMessages);
        AddBinding(typeof(ISystemMessage), systemMessages);
        AddConfigured(config);
        setup?.ApplyTo(this, system, _registry);
        foreach (var type in BuiltInSerializer.Types) AddBinding(type, builtIn);
        _registry.AddLoadedAssemblies();
    }

    /// <summary>The manifests of the JSON allow-list, in order; tests keep a snapshot of them.</summary>
    public IEnumerable<string> Manifests => _registry.Manifests;

    /// <summary>The serializer of a message.</summary>
    /// <exception cref="SerializationException">Its type may not cross the wire.</exception>
    public Serializer FindSerializerFor(object obj, string? defaultSerializerName = null) => FindSerializerForType(obj.GetType(), defaultSerializerName);

    /// <summary>The serializer of a type: the most specific binding, else JSON when the type carries a wire name.</summary>
    /// <param name="objectType">Type of the message.</param>
    /// <param name="defaultSerializerName">Used when nothing is bound, where a name is given.</param>
    /// <exception cref="SerializationException">Nothing is bound to the type.</exception>
    public Serializer FindSerializerForType(Type objectType, string? defaultSerializerName = null)
    {
        if (_byType.TryGetValue(objectType, out var known)) return known;
        var found = FindBinding(objectType) ?? (_registry.Find(objectType) is null ? null : _json);
        if (found is not null) return _byType.GetOrAdd(objectType, found);
        if (defaultSerializerName is not null && _byName.TryGetValue(defaultSerializerName, out var byDefault)) return byDefault;
        throw new SerializationException(
            $"{objectType} may not cross the wire: give it [WireType(\"name\")], or bind a serializer to it in SerializationSetup or in actor-runtime.actor.serialization-bindings.");
    }

    /// <summary>True when messages of this type can be sent to other nodes and stored.</summary>
    public bool CanSerialize(Type objectType) =>
        _byType.ContainsKey(objectType) || FindBinding(objectType) is not null || _registry.Find(objectType) is not null;

    /// <summary>The serializer with an identifier, or null.</summary>
    public Serializer? FindSerializerById(int serializerId) => _byIdentifier.GetValueOrDefault(serializerId);

    /// <summary>Adds a serializer while the system runs, as an extension does when it is made; a name that is there already stays as it
    /// is.</summary>
    /// <param name="name">Name for <c>serialization-bindings</c>.</param>
    /// <param name="factory">Makes the serializer.</param>
    /// <param name="boundTo">Types or interfaces it writes; their subtypes are covered.</param>
    /// <exception cref="ArgumentException">Another serializer claims its identifier, or the identifier belongs to the runtime.</exception>
    public void Register(string name, Func<ExtendedActorSystem, Serializer> factory, params Type[] boundTo)
    {
        if (_byName.ContainsKey(name)) return;
        var serializer = factory(_system);
        Add(name, serializer);
        foreach (var type in boundTo) Bind(type, serializer);
    }

    /// <summary>Writes one message.</summary>
    /// <returns>Identifier and manifest, to be kept beside the bytes.</returns>
    /// <exception cref="SerializationException">Its type may not cross the wire, or it cannot be written.</exception>
    public (int SerializerId, string Manifest) Serialize(object message, IBufferWriter<byte> writer)
    {
        var serializer = FindSerializerFor(message);
        var manifest = serializer.ManifestOf(message);
        serializer.Write(message, writer);
        return (serializer.Identifier, manifest);
    }

    /// <summary>Reads one message; the bytes may be reused afterwards.</summary>
    /// <exception cref="SerializationException">Identifier or manifest are not on the allow-list, or the bytes do not fit.</exception>
    public object Deserialize(ReadOnlyMemory<byte> bytes, int serializerId, string manifest)
    {
        if (!_byIdentifier.TryGetValue(serializerId, out var serializer))
        {
            throw new SerializationException($"No serializer has the identifier {serializerId} (manifest '{manifest}'); register it on this node as well.");
        }
        if (serializer is SerializerWithStringManifest named) return named.Read(bytes, manifest);
        var type = serializer.IncludeManifest ? TypeOf(manifest, serializer) : typeof(object);
        return serializer.FromBinary(bytes.ToArray(), type);
    }

    /// <inheritdoc cref="Deserialize(ReadOnlyMemory{byte}, int, string)"/>
    public object Deserialize(byte[] bytes, int serializerId, string manifest) => Deserialize(bytes.AsMemory(), serializerId, manifest);

    /// <summary>Reads one message of a known type.</summary>
    /// <exception cref="SerializationException">The identifier is unknown, or the bytes do not fit.</exception>
    public object Deserialize(byte[] bytes, int serializerId, Type type)
    {
        if (!_byIdentifier.TryGetValue(serializerId, out var serializer)) throw new SerializationException($"No serializer has the identifier {serializerId}.");
        if (serializer is not SerializerWithStringManifest named) return serializer.FromBinary(bytes, type);
        var entry = _registry.Find(type) ?? throw new SerializationException($"{type} has no wire name.");
        return named.FromBinary(bytes, entry.Manifest);
    }

    /// <summary>A reference as text: path with the address other nodes can use, and uid.</summary>
    public string PathOf(IActorRef actor) => actor.Path.ToSerializationFormatWithAddress(_system.Provider.DefaultAddress);

    /// <summary>The reference of a text made by <see cref="PathOf"/>, here or on another node.</summary>
    public IActorRef RefOf(string path) => _system.Provider.ResolveActorRef(path);

    /// <summary>Writes a message inside another; null is allowed.</summary>
    internal void WriteNested(object? message, IBufferWriter<byte> writer)
    {
        if (message is null)
        {
            writer.WriteSigned(0);
            return;
        }
        var serializer = FindSerializerFor(message);
        writer.WriteSigned(serializer.Identifier);
        writer.WriteString(serializer.ManifestOf(message));
        serializer.Write(message, writer);
    }

    /// <summary>Reads what <see cref="WriteNested"/> wrote; it reaches to the end of the bytes.</summary>
    internal object? ReadNested(ReadOnlyMemory<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        var identifier = reader.ReadSigned();
        if (identifier == 0) return null;
        var manifest = reader.ReadString();
        return Deserialize(reader.Rest, checked((int)identifier), manifest);
    }

    internal void Add(string name, Serializer serializer)
    {
        var isOurs = serializer is WireJsonSerializer or BuiltInSerializer or SystemMessageSerializer;
        if (!isOurs && serializer.Identifier is >= 0 and <= RuntimeIdentifierMax)
        {
            throw new ArgumentException($"Serializer '{name}' has the identifier {serializer.Identifier}; 0 to {RuntimeIdentifierMax} belong to the runtime.");
        }
        if (!_byIdentifier.TryAdd(serializer.Identifier, serializer))
        {
            throw new ArgumentException($"Serializers '{name}' and {_byIdentifier[serializer.Identifier].GetType().Name} share the identifier {serializer.Identifier}.");
        }
        _byName[name] = serializer;
    }

    private void AddBinding(Type type, Serializer serializer)
    {
        lock (_lock) Volatile.Write(ref _bindings, [.. _bindings, (type, serializer)]);
        _byType.Clear();
    }

    internal void Bind(Type type, Serializer serializer)
    {
        AddBinding(type, serializer);
        if (serializer is { IncludeManifest: true } and not SerializerWithStringManifest && !type.IsAbstract) _typeOfName.TryAdd(TypeManifest(type), type);
    }

    internal static string TypeManifest(Type type) => type.FullName + ", " + type.Assembly.GetName().Name;

    private static Type FindType(string name) =>
        Type.GetType(name, throwOnError: false) ?? throw new ConfigurationException($"actor-runtime.actor: no type '{name}'; write Namespace.Type, Assembly");

    private void AddRuntimeTypes()
    {
        _registry.Add(typeof(decimal), "decimal", 1);
        _registry.Add(typeof(float), "float", 1);
        _registry.Add(typeof(Guid), "guid", 1);
        _registry.Add(typeof(DateTime), "date-time", 1);
        _registry.Add(typeof(DateTimeOffset), "date-time-offset", 1);
        _registry.Add(typeof(TimeSpan), "time-span", 1);
        _registry.Add(typeof(Address), "address", 1);
    }

    private void AddConfigured(Config config)
    {
        const string serializers = "actor-runtime.actor.serializers", bindings = "actor-runtime.actor.serialization-bindings";
        if (config.HasPath(serializers))
        {
            foreach (var (name, value) in config.GetConfig(serializers).AsEnumerable())
            {
                Add(name, (Serializer)Activator.CreateInstance(FindType(Text(value)), _system)!);
            }
        }
        if (!config.HasPath(bindings)) return;
        foreach (var (typeName, value) in config.GetConfig(bindings).AsEnumerable())
        {
            if (!_byName.TryGetValue(Text(value), out var serializer))
            {
                throw new ConfigurationException($"{bindings}: '{typeName}' names the serializer '{Text(value)}', which is not in {serializers}");
            }
            Bind(FindType(typeName), serializer);
        }
    }

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!.Trim('"');

    /// <summary>The binding of the type itself, else the most derived one that fits; the first of equals.</summary>
    private Serializer? FindBinding(Type type)
    {
        (Type Bound, Serializer Serializer)? best = null;
        foreach (var binding in Volatile.Read(ref _bindings))
        {
            if (!binding.Bound.IsAssignableFrom(type)) continue;
            if (best is null || (best.Value.Bound != binding.Bound && best.Value.Bound.IsAssignableFrom(binding.Bound))) best = binding;
        }
        return best?.Serializer;
    }

    /// <summary>The type of a manifest: one bound by itself, or one with a wire name that a binding covers.</summary>
    private Type TypeOf(string manifest, Serializer serializer) =>
        _typeOfName.TryGetValue(manifest, out var type) && FindBinding(type) == serializer
            ? type
            : throw new SerializationException($"'{manifest}' is not bound to {serializer.GetType().Name}; bind the concrete type on this node.");
}
