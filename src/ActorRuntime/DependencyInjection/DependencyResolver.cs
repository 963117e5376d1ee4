using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using Microsoft.Extensions.DependencyInjection;

namespace ActorRuntime.DependencyInjection;

/// <summary>The host's services for a system: actors get them through their constructors, and extensions registered there are the system's.</summary>
/// <param name="services">Belongs to the host, which ends it after the system.</param>
public sealed class DependencyResolverSetup(IServiceProvider services) : Setup
{
    /// <summary>The services.</summary>
    public IServiceProvider Services { get; } = services ?? throw new ArgumentNullException(nameof(services));

    /// <summary>A setup for these services.</summary>
    public static DependencyResolverSetup Create(IServiceProvider services) => new(services);
}

/// <summary>Makes actors whose constructors take services of the host.</summary>
public sealed class DependencyResolver
{
    private DependencyResolver(IServiceProvider services) => Services = services;

    /// <summary>The services of the host.</summary>
    public IServiceProvider Services { get; }

    /// <summary>The resolver of a system.</summary>
    /// <exception cref="InvalidOperationException">The system was started without a <see cref="DependencyResolverSetup"/>.</exception>
    public static DependencyResolver For(ActorSystem system) => system.Settings.Setup.Get<DependencyResolverSetup>() is { HasValue: true, Value: var setup }
        ? new DependencyResolver(setup.Services)
        : throw new InvalidOperationException($"The actor system {system.Name} has no services: start it with DependencyResolverSetup.Create(services)");

    /// <summary>Props of an actor whose constructor takes <paramref name="args"/>, and services for what they leave open.</summary>
    /// <remarks>The constructor is called for every incarnation. A service that is missing fails the creation.</remarks>
    public Props Props<TActor>(params object[] args)
        where TActor : ActorBase => Props(typeof(TActor), args);

    /// <inheritdoc cref="Props{TActor}"/>
    public Props Props(Type actorType, params object[] args) => Actor.Props.CreateBy(new Producer(Services, actorType, args), args);

    private sealed class Producer(IServiceProvider services, Type actorType, object[] args) : IIndirectActorProducer
    {
        public Type ActorType => actorType;

        public ActorBase Produce() => (ActorBase)ActivatorUtilities.CreateInstance(services, actorType, args);
    }
}
