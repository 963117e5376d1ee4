using System.Collections.Concurrent;
using System.Reflection;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Dispatch;

/// <summary>The dispatchers of one actor system, made from its configuration when they are first asked for.</summary>
public sealed class Dispatchers
{
    /// <summary>Id of the dispatcher actors get unless told otherwise.</summary>
    public const string DefaultDispatcherId = "actor-runtime.actor.default-dispatcher";

    private readonly ConcurrentDictionary<string, Lazy<MessageDispatcherConfigurator>> _configurators = [];
    private readonly IDispatcherPrerequisites _prerequisites;
    private readonly MessageDispatcherConfigurator _default;

    internal Dispatchers(IDispatcherPrerequisites prerequisites)
    {
        _prerequisites = prerequisites;
        _default = ConfiguratorOf(DefaultDispatcherId);
        DefaultGlobalDispatcher = _default.Dispatcher();
    }

    /// <summary>The dispatcher actors get unless told otherwise.</summary>
    public MessageDispatcher DefaultGlobalDispatcher { get; }

    /// <summary>Whether the configuration has a dispatcher of this name, usable or not.</summary>
    public bool HasDispatcher(string id) => id == DefaultDispatcherId || _prerequisites.Settings.Config.HasPath(id);

    /// <summary>The dispatcher described at <paramref name="dispatcherName"/>; for pinned ones a new one each time, with a thread of its own.</summary>
    /// <param name="dispatcherName">Full path of its section.</param>
    /// <exception cref="ConfigurationException">There is no such section, or its settings cannot be used.</exception>
    public MessageDispatcher Lookup(string dispatcherName)
    {
        ArgumentNullException.ThrowIfNull(dispatcherName);
        return ConfiguratorOf(dispatcherName).Dispatcher();
    }

    internal MessageDispatcher For(Props props) => props.Dispatcher is { } id ? Lookup(id) : _default is SharedConfigurator ? DefaultGlobalDispatcher : _default.Dispatcher();

    /// <summary>The system has ended: threads of dispatchers end, too.</summary>
    internal void Close()
    {
        foreach (var (_, configurator) in _configurators)
        {
            if (configurator.IsValueCreated) configurator.Value.Close();
        }
    }

    private MessageDispatcherConfigurator ConfiguratorOf(string id)
    {
        if (_configurators.TryGetValue(id, out var known)) return known.Value;
        if (!HasDispatcher(id))
        {
            throw new ConfigurationException($"Dispatcher [{id}] is not configured: add a section {id} {{ type = Dispatcher }}, or correct the name (it is the full path of the section)");
        }

        return _configurators.GetOrAdd(id, _ => new(() => Create(id))).Value;
    }

    private MessageDispatcherConfigurator Create(string id)
    {
        var section = _prerequisites.Settings.Config.GetConfig(id);
        var type = section.GetString("type", new DispatcherOptions().Type);
        MessageDispatcherConfigurator configurator = type switch
        {
            "Dispatcher" => new SharedConfigurator(section, _prerequisites),
            "PinnedDispatcher" => new PinnedConfigurator(section, _prerequisites),
            "ForkJoinDispatcher" => new ForkJoinConfigurator(section, _prerequisites),
            _ => (MessageDispatcherConfigurator)ConfiguredType.Create(
                $"{id}.type", type, typeof(MessageDispatcherConfigurator), "Dispatcher, PinnedDispatcher, ForkJoinDispatcher", section, _prerequisites),
        };
        configurator.Id = id;
        configurator.Options.Validate(id);
        return configurator;
    }
}

/// <summary>Makes instances of classes that the configuration names.</summary>
internal static class ConfiguredType
{
    /// <summary>The class at the key <paramref name="key"/>.</summary>
    /// <exception cref="ConfigurationException">There is no such class, or it is none of <paramref name="kind"/>.</exception>
    public static Type Find(string key, string name, Type kind, string known)
    {
        var type = Type.GetType(name, throwOnError: false) ??
            throw new ConfigurationException($"{key} = \"{name}\": no such class; expected {known} or \"Namespace.Type, Assembly\"");
        if (!kind.IsAssignableFrom(type) || type.IsAbstract) throw new ConfigurationException($"{key} = \"{name}\": it is no {kind.Name} that can be created");
        return type;
    }

    /// <summary>The constructor for these parameters, or the one without.</summary>
    /// <exception cref="ConfigurationException">The class has neither.</exception>
    public static ConstructorInfo Constructor(string key, Type type, params Type[] parameters) =>
        type.GetConstructor(parameters) ?? type.GetConstructor(Type.EmptyTypes) ?? throw new ConfigurationException(
            $"{key} = \"{type}\": it has no public constructor ({string.Join(", ", parameters.Select(p => p.Name))}) and none without parameters");

    /// <summary>Runs a constructor; what it refuses is an error of the configuration.</summary>
    public static object Invoke(string key, ConstructorInfo constructor, params object[] arguments)
    {
        try
        {
            return constructor.Invoke(constructor.GetParameters().Length == 0 ? [] : arguments);
        }
        catch (TargetInvocationException refusal) when (refusal.InnerException is { } cause)
        {
            throw new ConfigurationException($"{key}: {constructor.DeclaringType} cannot be created: {cause.Message}");
        }
    }

    public static object Create(string key, string name, Type kind, string known, Config section, IDispatcherPrerequisites prerequisites) =>
        Invoke(key, Constructor(key, Find(key, name, kind, known), typeof(Config), typeof(IDispatcherPrerequisites)), section, prerequisites);
}
