using System.Collections.Concurrent;
using System.Globalization;
using ActorRuntime.Dispatch;
using ActorRuntime.Dispatch.SysMsg;
using ActorRuntime.Event;
using ActorRuntime.Routing;

namespace ActorRuntime.Actor;

/// <summary>References of one process. Open for composition: a remote provider holds one and asks it for all local paths.</summary>
public sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _temp = [];
    private readonly TaskCompletionSource _terminated = new();
    private ActorSystemImpl _system = null!;
    private LocalActorRef _root = null!;
    private ActorPath _tempPath = null!;
    private long _tempNumber;

    /// <summary>For the system named <paramref name="systemName"/>.</summary>
    public LocalActorRefProvider(string systemName) => RootPath = new RootActorPath(new Address(Address.LocalProtocol, systemName));

    /// <inheritdoc/>
    public ExtendedActorSystem System => _system;

    /// <inheritdoc/>
    public ActorPath RootPath { get; }

    /// <inheritdoc/>
    public Address DefaultAddress => RootPath.Address;

    /// <inheritdoc/>
    public LocalActorRef RootGuardian => _root;

    /// <inheritdoc/>
    public LocalActorRef Guardian { get; private set; } = null!;

    /// <inheritdoc/>
    public LocalActorRef SystemGuardian { get; private set; } = null!;

    /// <inheritdoc/>
    public IActorRef DeadLetters => DeadLetterRef;

    /// <inheritdoc/>
    public Task TerminationTask => _terminated.Task;

    internal DeadLetterActorRef DeadLetterRef { get; private set; } = null!;

    /// <inheritdoc/>
    public void Init(ExtendedActorSystem system)
    {
        _system = (ActorSystemImpl)system;
        _tempPath = RootPath / "temp";
        DeadLetterRef = new DeadLetterActorRef(this, RootPath / "deadLetters", _system.EventStream);
        _system.RootChildren.Add(DeadLetterRef.Path.Name, DeadLetterRef);
        _system.RootChildren.Add(_tempPath.Name, new TempContainerRef(this));
        var walker = new RootSupervisorRef(this, RootPath / "_root-supervisor", _terminated);
        _root = new LocalActorRef(_system, Props.Create<RootGuardianActor>(), _system.Dispatchers.DefaultGlobalDispatcher, new UnboundedMailbox(), walker, RootPath);
        SystemGuardian = (LocalActorRef)_root.Cell.CreateChild(Props.Create<GuardianActor>(), "system", systemService: true);
        Guardian = (LocalActorRef)_root.Cell.CreateChild(Props.Create<GuardianActor>(), "user", systemService: true);
        _root.Start();
    }

    /// <inheritdoc/>
    public IInternalActorRef ActorOf(ExtendedActorSystem system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService)
    {
        if (!systemService && _system.Deployer.Lookup(path) is { } deploy) props = props.At(deploy);
        if (props.RouterConfig is { } router) return RoutedActorRef.Create(_system, router, props.WithRouter(null), supervisor, path);
        var dispatcher = _system.Dispatchers.For(props);
        return new LocalActorRef(_system, props, dispatcher, _system.Mailboxes.For(props, dispatcher), supervisor, path);
    }

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(string path) => ActorPath.TryParse(path, out var actorPath) ? ResolveActorRef(actorPath) : DeadLetters;

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (actorPath.Address != RootPath.Address) return Dead(actorPath);
        var elements = actorPath.Elements;
        var found = _root.GetChild(elements);
        var isIt = !found.IsNobody() && (actorPath.Uid == ActorPath.UndefinedUid || actorPath.Uid == found.Path.Uid);
        return isIt ? found : Dead(actorPath);
    }

    /// <inheritdoc/>
    public IActorRef RootGuardianAt(Address address) => address == RootPath.Address ? _root : DeadLetters;

    /// <inheritdoc/>
    public Address? GetExternalAddressFor(Address address) => address == RootPath.Address ? address : null;

    /// <inheritdoc/>
    /// <remarks>The numbers begin anew in every life of a process, and an answer may come after its asker's life: the uid tells it apart from whoever asks under that
    /// number now. One for each question: references are hashed by it.</remarks>
    public ActorPath TempPath() => new(_tempPath, "$" + Interlocked.Increment(ref _tempNumber).ToString(CultureInfo.InvariantCulture), _system.NextUid());

    /// <inheritdoc/>
    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _temp[path.Name] = actorRef;

    /// <inheritdoc/>
    public void UnregisterTempActor(ActorPath path) => _temp.TryRemove(path.Name, out _);

    /// <summary>Temporary references that others may know of.</summary>
    internal int TempCount => _temp.Count;

    private EmptyLocalActorRef Dead(ActorPath path) => new(this, path, DeadLetterRef);

    /// <summary>Parent of the temporary references.</summary>
    private sealed class TempContainerRef(LocalActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path { get; } = provider._tempPath;

        public override IActorRefProvider Provider => provider;

        public override IInternalActorRef Parent => provider._root;

        public override IActorRef GetChild(IReadOnlyList<string> names) =>
            names is [var name] && provider._temp.TryGetValue(name, out var temporary) ? temporary : ActorRefs.Nobody;
    }

    /// <summary>Above the root: hears of its end, and stops it when it fails.</summary>
    private sealed class RootSupervisorRef(IActorRefProvider provider, ActorPath path, TaskCompletionSource terminated) : MinimalActorRef
    {
        public override ActorPath Path { get; } = path;

        public override IActorRefProvider Provider { get; } = provider;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification) terminated.TrySetResult();
            else if (message is Failed failed) ((IInternalActorRef)failed.Child).SendSystemMessage(new Terminate());
        }
    }
}
