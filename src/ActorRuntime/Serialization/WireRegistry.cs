using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace ActorRuntime.Serialization;

/// <summary>The allow-list of the JSON serializer: which types may cross the wire, under which manifest.</summary>
/// <remarks>
/// Filled from <see cref="WireTypeAttribute"/>s of all assemblies that know this runtime. An assembly loaded later is found
/// when a type of it is first sent or its manifest first arrives; an unknown manifest costs one scan per newly loaded assembly, however often it comes.
/// </remarks>
internal sealed class WireRegistry
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyList<(Type Type, WireTypeAttribute Name)>> TypesOfAssembly = new();
    private static readonly string CoreName = typeof(WireTypeAttribute).Assembly.GetName().Name!;
    private static int _assembliesLoaded;

    private readonly ConcurrentDictionary<Type, WireType> _byType = new();
    private readonly ConcurrentDictionary<string, WireType> _byManifest = new();
    private readonly ConcurrentDictionary<Assembly, bool> _scanned = new();
    private int _scannedAtCount = -1;

    static WireRegistry() => AppDomain.CurrentDomain.AssemblyLoad += (_, _) => Interlocked.Increment(ref _assembliesLoaded);

    /// <summary>All manifests known, for tests that keep a snapshot of them.</summary>
    public IEnumerable<string> Manifests => _byManifest.Keys.Order(StringComparer.Ordinal);

    /// <summary>The entry of a type, or null when it may not cross the wire.</summary>
    public WireType? Find(Type type)
    {
        if (_byType.TryGetValue(type, out var found)) return found;
        if (type.GetCustomAttribute<WireTypeAttribute>() is null) return null;
        AddAssembly(type.Assembly);
        return _byType.GetValueOrDefault(type);
    }

    /// <summary>The entry of a manifest, or null when nothing was registered under it.</summary>
    public WireType? Find(string manifest)
    {
        if (_byManifest.TryGetValue(manifest, out var found)) return found;
        if (Volatile.Read(ref _scannedAtCount) == Volatile.Read(ref _assembliesLoaded)) return null;
        AddLoadedAssemblies();
        return _byManifest.GetValueOrDefault(manifest);
    }

    /// <summary>Registers one type under a name chosen by the caller, for types that cannot carry the attribute.</summary>
    /// <exception cref="ArgumentException">The name or the type is taken.</exception>
    public void Add(Type type, string name, int version)
    {
        if (name.Length == 0 || version < 1) throw new ArgumentException($"Wire name of {type} must not be empty and its version must be 1 or more.");
        var manifest = $"{name}:{version}";
        var entry = new WireType(type, manifest);
        var other = _byManifest.GetOrAdd(manifest, entry);
        if (other.Type != type) throw new ArgumentException($"Wire type '{manifest}' is claimed by {other.Type} and by {type}; rename one of them.");
        if (_byType.GetOrAdd(type, other).Manifest is var known && known != manifest)
        {
            throw new ArgumentException($"{type} is registered as '{known}' and as '{manifest}'; one type has one wire name.");
        }
    }

    /// <summary>Registers every type of <paramref name="assembly"/> that carries <see cref="WireTypeAttribute"/>.</summary>
    /// <exception cref="ArgumentException">Two types claim one name.</exception>
    public void AddAssembly(Assembly assembly)
    {
        if (!_scanned.TryAdd(assembly, true)) return;
        foreach (var (type, name) in TypesOfAssembly.GetOrAdd(assembly, Scan)) Add(type, name.Name, name.Version);
    }

    /// <summary>Registers what is loaded, and what the program's own assemblies refer to.</summary>
    public void AddLoadedAssemblies()
    {
        var count = Volatile.Read(ref _assembliesLoaded);
        if (Assembly.GetEntryAssembly() is { } entry) AddWithReferences(entry, []);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (!assembly.IsDynamic && KnowsRuntime(assembly)) AddAssembly(assembly);
        }
        Volatile.Write(ref _scannedAtCount, count);
    }

    private void AddWithReferences(Assembly assembly, HashSet<string> seen)
    {
        if (!KnowsRuntime(assembly)) return; // Whoever does not know the runtime cannot carry its attribute.
        AddAssembly(assembly);
        foreach (var reference in assembly.GetReferencedAssemblies())
        {
            if (IsOfPlatform(reference.Name!) || !seen.Add(reference.Name!)) continue;
            try
            {
                AddWithReferences(Assembly.Load(reference), seen);
            }
            catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
            {
                // A reference that is not deployed cannot be sent either.
            }
        }
    }

    private static bool KnowsRuntime(Assembly assembly) =>
        assembly.GetName().Name == CoreName || assembly.GetReferencedAssemblies().Any(reference => reference.Name == CoreName);

    private static bool IsOfPlatform(string name) =>
        name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
        || name is "mscorlib" or "netstandard";

    private static IReadOnlyList<(Type Type, WireTypeAttribute Name)> Scan(Assembly assembly)
    {
        var found = new List<(Type, WireTypeAttribute)>();
        foreach (var type in assembly.GetTypes())
        {
            if (type.GetCustomAttribute<WireTypeAttribute>() is { } name) found.Add((type, name));
        }
        return found;
    }
}

/// <summary>One type on the allow-list.</summary>
/// <param name="Type">The type.</param>
/// <param name="Manifest">Its name and version on the wire.</param>
internal sealed record WireType(Type Type, string Manifest)
{
    /// <summary>How JSON reads and writes it; filled on first use.</summary>
    public JsonTypeInfo? Json { get; set; }
}
