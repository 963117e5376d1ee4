using System.Reflection;
using ActorRuntime.Actor;

namespace ActorRuntime.Serialization;

/// <summary>Serializers and wire names given in code, when an actor system is made.</summary>
public sealed class SerializationSetup : Actor.Setup.Setup
{
    private readonly List<Action<Serialization, ExtendedActorSystem, WireRegistry>> _steps = [];

    /// <summary>Nothing yet.</summary>
    public static SerializationSetup Create() => new();

    /// <summary>Adds a serializer and binds it to types or interfaces; their subtypes are covered.</summary>
    /// <param name="name">Name for <c>serialization-bindings</c>.</param>
    /// <param name="factory">Makes the serializer.</param>
    /// <param name="boundTo">A serializer that needs the type (<see cref="Serializer.IncludeManifest"/>) reads the concrete types listed here only.</param>
    public SerializationSetup WithSerializer(string name, Func<ExtendedActorSystem, Serializer> factory, params Type[] boundTo)
    {
        _steps.Add((serialization, system, _) =>
        {
            var serializer = factory(system);
            serialization.Add(name, serializer);
            foreach (var type in boundTo) serialization.Bind(type, serializer);
        });
        return this;
    }

    /// <summary>Puts a type that cannot carry <see cref="WireTypeAttribute"/> onto the JSON allow-list.</summary>
    public SerializationSetup WithType<T>(string name, int version = 1)
    {
        _steps.Add((_, _, registry) => registry.Add(typeof(T), name, version));
        return this;
    }

    /// <summary>Registers an assembly's <see cref="WireTypeAttribute"/>s at once rather than when one of them is first met.</summary>
    public SerializationSetup WithAssembly(Assembly assembly)
    {
        _steps.Add((_, _, registry) => registry.AddAssembly(assembly));
        return this;
    }

    internal void ApplyTo(Serialization serialization, ExtendedActorSystem system, WireRegistry registry)
    {
        foreach (var step in _steps) step(serialization, system, registry);
    }
}
