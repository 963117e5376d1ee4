using ActorRuntime.Actor.Setup;
using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using ActorRuntime.Event;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Actor;

/// <summary>A tree of actors with its scheduler, event stream and extensions. A process may have many; they share nothing.</summary>
public abstract class ActorSystem : IActorRefFactory, IAsyncDisposable
{
    /// <summary>Name, part of every address.</summary>
    public abstract string Name { get; }

    /// <summary>What it was started with.</summary>
    public abstract Settings Settings { get; }

    /// <summary>Timers.</summary>
    public abstract IScheduler Scheduler { get; }

    /// <summary>Events within the system.</summary>
    public abstract EventStream EventStream { get; }

    /// <summary>Takes what cannot be delivered.</summary>
    public abstract IActorRef DeadLetters { get; }

    /// <summary>Swallows everything, without dead letters.</summary>
    public abstract IActorRef IgnoreRef { get; }

    /// <summary>Turns messages into bytes and back, for other nodes and for stores.</summary>
    public abstract Serialization.Serialization Serialization { get; }

    /// <summary>Where actors run.</summary>
    public abstract Dispatchers Dispatchers { get; }

    /// <summary>Kinds of mailboxes.</summary>
    public abstract Mailboxes Mailboxes { get; }

    /// <summary>Clocks, executor, networks.</summary>
    public abstract RuntimeEnvironment Environment { get; }

    /// <summary>Log of the system itself.</summary>
    public abstract ILoggingAdapter Log { get; }

    /// <summary>Makes loggers that go where the system's logs go.</summary>
    public abstract ILoggerFactory LoggerFactory { get; }

    /// <summary>Time since the start.</summary>
    public TimeSpan Uptime => Scheduler.MonotonicClock;

    /// <summary>Done when the system has ended: no actor, no timer left.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system with default settings.</summary>
    public static ActorSystem Create(string name) => Create(name, ActorSystemSetup.Empty);

    /// <summary>Starts a system with a configuration.</summary>
    public static ActorSystem Create(string name, Config config) => Create(name, BootstrapSetup.Create().WithConfig(config));

    /// <summary>Starts a system.</summary>
    /// <param name="name">ASCII letters, digits, and <c>-</c> or <c>_</c> after the first character.</param>
    /// <param name="setup">Settings by code.</param>
    /// <exception cref="ArgumentException">A name that cannot be part of an address.</exception>
    /// <exception cref="ConfigurationException">Settings that cannot be read or used, all of them, with file and line.</exception>
    public static ActorSystem Create(string name, ActorSystemSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return ActorSystemImpl.Start(name, setup);
    }

    /// <summary>Starts a system.</summary>
    public static ActorSystem Create(string name, Setup.Setup setup) => Create(name, ActorSystemSetup.Create(setup));

    /// <inheritdoc/>
    public abstract IActorRef ActorOf(Props props, string? name = null);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(string actorPath);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>Stops an actor after its current message.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Runs the coordinated shutdown, stops all actors and ends. Again returns the same task.</summary>
    public abstract Task Terminate();

    /// <summary>Runs <paramref name="code"/> after the last actor has ended; the last registered first.</summary>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>True when the extension exists already.</summary>
    public bool HasExtension<T>()
        where T : class, IExtension => TryGetExtension(typeof(T)) is not null;

    /// <summary>The extension of <paramref name="extension"/>; makes it when needed.</summary>
    public abstract object RegisterExtension(IExtensionId extension);

    /// <summary>An extension that exists already, or null.</summary>
    public abstract object? TryGetExtension(Type extensionType);

    /// <summary>As <see cref="Terminate"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Terminate().ConfigureAwait(false);
    }
}

/// <summary>The part of a system that the runtime's own layers use.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    /// <summary>Makes and resolves references.</summary>
    public abstract IActorRefProvider Provider { get; }

    /// <summary>How actors at certain paths are set up.</summary>
    public abstract Deployer Deployer { get; }

    /// <summary>The setups the system was started with.</summary>
    public abstract ActorSystemSetup Setup { get; }

    /// <summary>Parent of top-level actors.</summary>
    public abstract IActorRef Guardian { get; }

    /// <summary>Parent of the runtime's actors.</summary>
    public abstract IActorRef SystemGuardian { get; }

    /// <summary>Makes an actor below <c>/system</c>; it ends after all of the user's.</summary>
    public abstract IActorRef SystemActorOf(Props props, string? name = null);
}

/// <summary>What a system was started with.</summary>
public sealed class Settings
{
    internal Settings(ActorSystemSetup setup)
    {
        Setup = setup;
        Config = setup.Get<BootstrapSetup>() is { HasValue: true, Value.Config: { HasValue: true } given } ? given.Value : Config.Empty;
        var errors = new ConfigurationErrors();
        var reading = Config.Collecting(errors);
        (Options, Shutdown) = (ActorOptions.FromConfig(reading), CoordinatedShutdownOptions.FromConfig(reading));
        Deployments = Deployer.Read(reading, errors);
        Check(() => Options.Validated(), errors);
        Check(() => Shutdown.Validated(), errors);
        if (!Config.IsEmpty) errors.AddRange(ConfigurationErrors.UnknownKeys(Config, ConfigurationFactory.Default()));
        errors.ThrowIfAny();
    }

    /// <summary>The configuration; empty when none was given.</summary>
    public Config Config { get; }

    /// <summary>The setups.</summary>
    public ActorSystemSetup Setup { get; }

    /// <summary>Settings of the actor core.</summary>
    public ActorOptions Options { get; }

    /// <summary>Settings of the coordinated shutdown.</summary>
    public CoordinatedShutdownOptions Shutdown { get; }

    internal IReadOnlyList<Deploy> Deployments { get; }

    /// <summary>Wait of an ask that names none.</summary>
    public TimeSpan AskTimeout => Options.AskTimeout;

    /// <summary>Dead letters logged before the log falls silent.</summary>
    public int LogDeadLetters => Options.LogDeadLetters;

    /// <summary>Whether dead letters are logged while the system terminates.</summary>
    public bool LogDeadLettersDuringShutdown => Options.LogDeadLettersDuringShutdown;

    /// <summary>Silence after the last logged dead letter.</summary>
    public TimeSpan LogDeadLettersSuspendDuration => Options.LogDeadLettersSuspend;

    /// <inheritdoc cref="DebugOptions.Receive"/>
    public bool AddLoggingReceive => Options.Debug.Receive;

    /// <inheritdoc cref="DebugOptions.AutoReceive"/>
    public bool DebugAutoReceive => Options.Debug.AutoReceive;

    /// <inheritdoc cref="DebugOptions.Lifecycle"/>
    public bool DebugLifecycle => Options.Debug.Lifecycle;

    /// <inheritdoc cref="DebugOptions.EventStream"/>
    public bool DebugEventStream => Options.Debug.EventStream;

    /// <inheritdoc cref="DebugOptions.Unhandled"/>
    public bool DebugUnhandledMessage => Options.Debug.Unhandled;

    /// <inheritdoc cref="ActorOptions.GuardianSupervisorStrategy"/>
    public string SupervisorStrategyClass => Options.GuardianSupervisorStrategy;

    private void Check(Action validate, ConfigurationErrors errors)
    {
        try
        {
            validate();
        }
        catch (OptionsException broken)
        {
            errors.AddRules(broken.Errors, Config);
        }
    }
}
