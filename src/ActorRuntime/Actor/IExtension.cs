namespace ActorRuntime.Actor;

/// <summary>Something a system has one of.</summary>
public interface IExtension;

/// <summary>Makes an extension.</summary>
public interface IExtensionId
{
    /// <summary>Class of the extension.</summary>
    Type ExtensionType { get; }

    /// <summary>Makes the extension; called once per system.</summary>
    object CreateExtension(ExtendedActorSystem system);
}

/// <summary>Makes an extension of class <typeparamref name="T"/> on first use.</summary>
public abstract class ExtensionIdProvider<T> : IExtensionId
    where T : class, IExtension
{
    /// <inheritdoc/>
    public Type ExtensionType => typeof(T);

    /// <summary>The extension of <paramref name="system"/>; makes it when needed.</summary>
    public T Apply(ActorSystem system) => (T)system.RegisterExtension(this);

    /// <inheritdoc cref="Apply"/>
    public T Get(ActorSystem system) => Apply(system);

    /// <summary>Makes the extension; called once per system.</summary>
    public abstract T CreateExtension(ExtendedActorSystem system);

    object IExtensionId.CreateExtension(ExtendedActorSystem system) => CreateExtension(system);
}

/// <summary>Extensions by class.</summary>
public static class ActorSystemWithExtensions
{
    /// <summary>The extension <typeparamref name="T"/>, made by <typeparamref name="TI"/> when needed.</summary>
    public static T WithExtension<T, TI>(this ActorSystem system)
        where T : class, IExtension
        where TI : IExtensionId, new() => (T)system.RegisterExtension(new TI());

    /// <summary>The extension <typeparamref name="T"/>, made by <paramref name="extensionId"/> when needed.</summary>
    public static T WithExtension<T>(this ActorSystem system, Type extensionId)
        where T : class, IExtension => (T)system.RegisterExtension((IExtensionId)Activator.CreateInstance(extensionId)!);

    /// <summary>The extension <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">Nothing made it yet.</exception>
    public static T WithExtension<T>(this ActorSystem system)
        where T : class, IExtension =>
        system.TryGetExtension(typeof(T)) as T ?? throw new InvalidOperationException($"The system has no extension {typeof(T)}; use the overload that names its id provider");
}
