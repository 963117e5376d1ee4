using System.Collections.Concurrent;
using ActorRuntime.Actor.Setup;
using ActorRuntime.DependencyInjection;
using ActorRuntime.Dispatch;
using ActorRuntime.Event;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorRuntime.Actor;

/// <summary>The one implementation of <see cref="ActorSystem"/>.</summary>
internal sealed partial class ActorSystemImpl : ExtendedActorSystem, IDispatcherPrerequisites
{
    private long _standbySends;
    /// <summary>Marks the lines about dead letters, which tests may mute.</summary>
    internal const int DeadLetterEventId = 1003;

    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = [];
    private readonly ConcurrentStack<Action> _onTermination = [];
    private readonly TaskCompletionSource _terminated = new();
    private readonly ILogger _logger;
    private readonly Lazy<Serialization.Serialization> _serialization;
    private readonly ulong _uidSeed;
    private long _uidCount;
    private int _isTerminating;
    private IgnoreActorRef _ignore = null!;

    private ActorSystemImpl(string name, ActorSystemSetup setup)
    {
        (Name, Setup, Settings) = (name, setup, new Settings(setup));
        Environment = setup.Get<EnvironmentSetup>().Value?.Environment ?? new ProductionEnvironment();
        LoggerFactory = setup.Get<LoggerSetup>().Value?.LoggerFactory ?? NullLoggerFactory.Instance;
        _logger = LoggerFactory.CreateLogger("ActorRuntime." + name);
        Log = new LoggingAdapter(_logger);
        _uidSeed = Environment.Random("actor-uid").Next();
        _serialization = new(() => new Serialization.Serialization(this, Setup.Get<Serialization.SerializationSetup>().Value, Settings.Config));
        DebugLog = DebugLog.For(Settings.Options.Debug, _logger);
        EventStream = new EventStream(DebugLog);
        TimerHeap = new HeapScheduler(Environment.Time, _logger, Environment.Executor);
        Scheduler = setup.Get<SchedulerSetup>() is { HasValue: true, Value: var wrapping } ? wrapping.Wrap(TimerHeap) : TimerHeap;
        Dispatchers = new Dispatchers(this);
        Mailboxes = new Mailboxes(Settings);
        Deployer = new Deployer(Settings.Deployments);
        GuardianStrategy = StrategyOfGuardian(Settings.Options.GuardianSupervisorStrategy);
        Provider = setup.Get<ActorRefProviderSetup>() is { HasValue: true, Value: var replaced } ? replaced.Factory(this) : new LocalActorRefProvider(name);
    }

    public override string Name { get; }

    public override Settings Settings { get; }

    public override IScheduler Scheduler { get; }

    public override EventStream EventStream { get; }

    public override IActorRef DeadLetters => Provider.DeadLetters;

    public override IActorRef IgnoreRef => _ignore;

    public override Serialization.Serialization Serialization => _serialization.Value;

    public override Dispatchers Dispatchers { get; }

    public override Mailboxes Mailboxes { get; }

    public override RuntimeEnvironment Environment { get; }

    public override ILoggingAdapter Log { get; }

    public override ILoggerFactory LoggerFactory { get; }

    public override Task WhenTerminated => _terminated.Task;

    public override IActorRefProvider Provider { get; }

    public override ActorSystemSetup Setup { get; }

    public override Deployer Deployer { get; }

    public override IActorRef Guardian => Provider.Guardian;

    public override IActorRef SystemGuardian => Provider.SystemGuardian;

    internal HeapScheduler TimerHeap { get; }

    /// <summary>Null when nothing of <c>actor-runtime.actor.debug</c> is on.</summary>
    internal DebugLog? DebugLog { get; }

    internal SupervisorStrategy GuardianStrategy { get; }

    /// <summary>Messages that standbys would have sent.</summary>
    internal long StandbySends => Volatile.Read(ref _standbySends);

    internal void OnStandbySend() => Interlocked.Increment(ref _standbySends);

    internal DeadLetterActorRef DeadLetterRef => (DeadLetterActorRef)Provider.DeadLetters;

    /// <summary>References below the root that are no actors. Filled while the provider is initialised, read-only after.</summary>
    internal Dictionary<string, IInternalActorRef> RootChildren { get; } = [];

    internal bool IsTerminating => Volatile.Read(ref _isTerminating) != 0;

    public static ActorSystemImpl Start(string name, ActorSystemSetup setup)
    {
        if (string.IsNullOrEmpty(name) || !char.IsAsciiLetterOrDigit(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
        {
            throw new ArgumentException($"'{name}' cannot name an actor system: ASCII letters and digits, and - or _ after the first character", nameof(name));
        }

        var system = new ActorSystemImpl(name, setup);
        system.StartProvider();
        return system;
    }

    public override IActorRef ActorOf(Props props, string? name = null) => Provider.Guardian.Cell.ActorOf(props, name);

    public override IActorRef SystemActorOf(Props props, string? name = null) => Provider.SystemGuardian.Cell.CreateChild(props, name, systemService: true);

    public override ActorSelection ActorSelection(string actorPath) => Select(Provider.RootGuardian, actorPath);

    public override ActorSelection ActorSelection(ActorPath actorPath) => new(Provider.RootGuardianAt(actorPath.Address), actorPath.Elements);

    public override void Stop(IActorRef actor)
    {
        if (((IInternalActorRef)actor).Parent is LocalActorRef parent) parent.Cell.Stop(actor);
        else ((IInternalActorRef)actor).SendSystemMessage(new Dispatch.SysMsg.Terminate());
    }

    public override Task Terminate()
    {
        if (Interlocked.Exchange(ref _isTerminating, 1) == 0)
        {
            if (Settings.Shutdown.RunByActorSystemTerminate) _ = TerminateAfter(CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance));
            else FinalTerminate();
        }

        return WhenTerminated;
    }

    public override void RegisterOnTermination(Action code)
    {
        if (WhenTerminated.IsCompleted) throw new InvalidOperationException($"The actor system {Name} has terminated already");
        _onTermination.Push(code);
    }

    public override object RegisterExtension(IExtensionId extension) =>
        _extensions.GetOrAdd(extension.ExtensionType, (_, id) => new Lazy<object>(() => id.CreateExtension(this)), extension).Value;

    public override object? TryGetExtension(Type extensionType)
    {
        if (_extensions.TryGetValue(extensionType, out var extension)) return extension.Value;
        // One the host made is the system's from now on: what came first stays, and a service asked for twice is one extension.
        return Setup.Get<DependencyResolverSetup>().Value?.Services.GetService(extensionType) is IExtension hosted
            ? _extensions.GetOrAdd(extensionType, _ => new Lazy<object>(hosted)).Value
            : null;
    }

    /// <summary>A selection by absolute path, or relative to <paramref name="anchor"/>.</summary>
    internal ActorSelection Select(IActorRef anchor, string path)
    {
        if (ActorPath.TryParse(path, out var absolute)) return ActorSelection(absolute);
        return path.StartsWith('/') ? new ActorSelection(Provider.RootGuardian, path) : new ActorSelection(anchor, path);
    }

    internal IInternalActorRef? RootChild(LocalActorRef parent, string name) =>
        ReferenceEquals(parent, Provider.RootGuardian) && RootChildren.TryGetValue(name, out var child) ? child : null;

    /// <summary>Marks an incarnation: 47 random bits, never 0. Any thread.</summary>
    internal long NextUid()
    {
        var uid = (long)(new Util.Prng(_uidSeed + (ulong)Interlocked.Increment(ref _uidCount)).Next() >> 17);
        return uid == ActorPath.UndefinedUid ? 1 : uid;
    }

    internal void LogFailure(IActorRef child, Exception cause, Directive directive)
    {
        if (directive == Directive.Resume) LogChildFailure(LogLevel.Warning, child.Path, cause.Message, directive, null);
        else LogChildFailure(LogLevel.Error, child.Path, cause.Message, directive, cause);
    }

    internal void LogHookFailure(IActorRef actor, string hook, Exception cause) => LogHookFailure(actor.Path, hook, cause);

    internal void LogDeadLetter(Type message, ActorPath sender, ActorPath recipient, string reason, bool isLast)
    {
        LogDeadLetterLine(message, sender, recipient, reason);
        if (isLast) LogDeadLettersSilenced(Settings.LogDeadLettersSuspendDuration.TotalSeconds);
    }

    internal void LogUnhandled(UnhandledMessage unhandled) =>
        LogUnhandledMessage(unhandled.Message.GetType(), unhandled.Sender.Path, unhandled.Recipient.Path);

    private static SupervisorStrategy StrategyOfGuardian(string name)
    {
        const string Key = "actor-runtime.actor.guardian-supervisor-strategy";
        var type = ConfiguredType.Find(Key, name, typeof(SupervisorStrategyConfigurator), "ActorRuntime.Actor.DefaultSupervisorStrategy, StoppingSupervisorStrategy");
        return ((SupervisorStrategyConfigurator)ConfiguredType.Invoke(Key, ConfiguredType.Constructor(Key, type))).Create();
    }

    private void StartProvider()
    {
        Provider.Init(this);
        _ignore = new IgnoreActorRef(Provider);
        var listener = new DeadLetterListener(this, Settings.Options);
        EventStream.Subscribe(listener, typeof(DeadLetter));
        EventStream.Subscribe(listener, typeof(Dropped));
        if (Settings.DebugUnhandledMessage) EventStream.Subscribe(new UnhandledMessageListener(this), typeof(UnhandledMessage));
        Provider.TerminationTask.ContinueWith(
            _ => Environment.Executor.Execute(new EndOfSystem(this), preferLocal: false), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Stops all actors without running the phases of the shutdown; again changes nothing.</summary>
    internal Task FinalTerminate()
    {
        Volatile.Write(ref _isTerminating, 1);
        Provider.RootGuardian.Tell(RootGuardianActor.StopAll.Instance, ActorRefs.NoSender);
        return WhenTerminated;
    }

    // Also when a phase failed for good, or the last one is configured not to: whoever calls Terminate wants an end.
    private async Task TerminateAfter(Task<Done> shutdown)
    {
        try
        {
            await shutdown.ConfigureAwait(false);
        }
        catch (Exception cause) when (FaultHandling.IsSupervised(cause))
        {
            LogShutdownFailure(cause);
        }

        _ = FinalTerminate();
    }

    // The last actor has ended; this runs on no actor's turn.
    private void End()
    {
        Volatile.Write(ref _isTerminating, 1);
        while (_onTermination.TryPop(out var code))
        {
            try
            {
                code();
            }
            catch (Exception cause) when (FaultHandling.IsSupervised(cause))
            {
                LogTerminationHookFailure(cause);
            }
        }

        TimerHeap.Dispose();
        Dispatchers.Close();
        _terminated.TrySetResult();
    }

    [LoggerMessage(EventId = 1001, Message = "{Actor} failed: {Reason}; directive {Directive}")]
    private partial void LogChildFailure(LogLevel level, ActorPath actor, string reason, Directive directive, Exception? cause);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "{Actor} threw in its hook {Hook}")]
    private partial void LogHookFailure(ActorPath actor, string hook, Exception cause);

    [LoggerMessage(EventId = DeadLetterEventId, Level = LogLevel.Information, Message = "Dead letter {MessageType} from {Sender} to {Recipient}: {Reason}")]
    private partial void LogDeadLetterLine(Type messageType, ActorPath sender, ActorPath recipient, string reason);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information, Message = "No more dead letters will be logged for {Seconds} s (actor-runtime.actor.log-dead-letters)")]
    private partial void LogDeadLettersSilenced(double seconds);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Error, Message = "An action registered by RegisterOnTermination failed")]
    private partial void LogTerminationHookFailure(Exception cause);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Warning, Message = "Unhandled message {MessageType} from {Sender} to {Recipient}")]
    private partial void LogUnhandledMessage(Type messageType, ActorPath sender, ActorPath recipient);

    [LoggerMessage(EventId = 1006, Level = LogLevel.Error, Message = "The coordinated shutdown failed; the actor system stops now")]
    private partial void LogShutdownFailure(Exception cause);

    private sealed class EndOfSystem(ActorSystemImpl system) : IThreadPoolWorkItem
    {
        public void Execute() => system.End();
    }

    private sealed class IgnoreActorRef(IActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path { get; } = provider.RootPath / "ignore";

        public override IActorRefProvider Provider { get; } = provider;
    }
}
