using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorRuntime.Configuration;

namespace ActorRuntime.Persistence.Journal;

/// <summary>The event adapters of one journal, by class of events. Immutable; any thread.</summary>
/// <remarks>Writing goes by the class of the event, reading by the class of what is stored: an adapter that stores another class is bound to
/// both. An adapter of a class or interface covers what derives from it; the most specific one is taken. Events without one are stored and
/// replayed as they are, also those written before an adapter was bound.</remarks>
public sealed class EventAdapters
{
    private readonly ImmutableList<(Type Bound, IEventAdapter Adapter)> _bindings;
    private readonly ConcurrentDictionary<Type, IEventAdapter> _found = new();

    private EventAdapters(ImmutableList<(Type Bound, IEventAdapter Adapter)> bindings) => _bindings = bindings;

    /// <summary>No adapters.</summary>
    public static EventAdapters None { get; } = new([]);

    /// <summary>These adapters and one more.</summary>
    public EventAdapters Bind<TEvent>(IEventAdapter adapter) => Bind(typeof(TEvent), adapter);

    /// <summary>These adapters and one more.</summary>
    public EventAdapters Bind(Type eventClass, IEventAdapter adapter) => new(_bindings.Add((eventClass, adapter)));

    /// <summary>Reads <c>event-adapters</c> (name = type) and <c>event-adapter-bindings</c> (event type = name) of a journal.</summary>
    /// <param name="journal">The section of the journal.</param>
    /// <exception cref="ConfigurationException">A type cannot be found or is no adapter, or a binding names none of the adapters.</exception>
    public static EventAdapters FromConfig(Config journal)
    {
        var adapters = new Dictionary<string, IEventAdapter>(StringComparer.Ordinal);
        foreach (var (name, typeName) in Entries(journal, "event-adapters"))
        {
            var type = FindType("event-adapters", name, typeName);
            if (!type.IsAssignableTo(typeof(IEventAdapter)) || type.GetConstructor(Type.EmptyTypes) is null)
            {
                throw new ConfigurationException($"event-adapters: '{name}' names {typeName}, which is no IEventAdapter with a constructor without arguments");
            }
            adapters.Add(name, (IEventAdapter)Activator.CreateInstance(type)!);
        }
        var bound = None;
        foreach (var (typeName, name) in Entries(journal, "event-adapter-bindings"))
        {
            if (!adapters.TryGetValue(name, out var adapter))
            {
                throw new ConfigurationException($"event-adapter-bindings: '{typeName}' names the adapter '{name}', which is not in event-adapters");
            }
            bound = bound.Bind(FindType("event-adapter-bindings", typeName, typeName), adapter);
        }
        return bound;
    }

    /// <summary>The adapter of a type; <see cref="IdentityEventAdapter"/> where none is bound.</summary>
    public IEventAdapter Get(Type type)
    {
        if (_bindings.IsEmpty) return IdentityEventAdapter.Instance;
        return _found.TryGetValue(type, out var found) ? found : _found.GetOrAdd(type, Find(type));
    }

    private IEventAdapter Find(Type type)
    {
        (Type Bound, IEventAdapter Adapter)? best = null;
        foreach (var binding in _bindings)
        {
            if (!binding.Bound.IsAssignableFrom(type)) continue;
            if (best is null || best.Value.Bound.IsAssignableFrom(binding.Bound)) best = binding;
        }
        return best?.Adapter ?? IdentityEventAdapter.Instance;
    }

    private static IEnumerable<(string Key, string Value)> Entries(Config journal, string section) => journal.HasPath(section)
        ? journal.GetConfig(section).AsEnumerable().Select(entry => (entry.Key, (entry.Value as HoconValue.Scalar)?.Text ?? ""))
        : [];

    private static Type FindType(string section, string key, string typeName) => Type.GetType(typeName, throwOnError: false)
        ?? throw new ConfigurationException($"{section}: '{key}': there is no type '{typeName}'; write Namespace.Type, Assembly");
}
