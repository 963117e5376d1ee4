using Microsoft.Extensions.Logging;

namespace ActorRuntime.Actor.Setup;

/// <summary>The environment of a system; without it the production environment.</summary>
/// <param name="environment">Not shared with another system.</param>
public sealed class EnvironmentSetup(RuntimeEnvironment environment) : Setup
{
    /// <summary>The environment.</summary>
    public RuntimeEnvironment Environment { get; } = environment;
}

/// <summary>Where logs go; without it nowhere.</summary>
/// <param name="loggerFactory">Belongs to the caller.</param>
public sealed class LoggerSetup(ILoggerFactory loggerFactory) : Setup
{
    /// <summary>The factory.</summary>
    public ILoggerFactory LoggerFactory { get; } = loggerFactory;
}

/// <summary>Replaces the provider of references, as remoting does.</summary>
/// <param name="factory">Called once, before anything else exists; <see cref="IActorRefProvider.Init"/> follows.</param>
public sealed class ActorRefProviderSetup(Func<ExtendedActorSystem, IActorRefProvider> factory) : Setup
{
    /// <summary>Makes the provider.</summary>
    public Func<ExtendedActorSystem, IActorRefProvider> Factory { get; } = factory;
}

/// <summary>Shows users another scheduler than the heap; the test kit adds the hands of the clock that way. The runtime itself keeps the heap.</summary>
/// <param name="wrap">Called once with the heap.</param>
internal sealed class SchedulerSetup(Func<IScheduler, IScheduler> wrap) : Setup
{
    public Func<IScheduler, IScheduler> Wrap { get; } = wrap;
}
