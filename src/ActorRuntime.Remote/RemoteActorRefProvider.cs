#pragma warning disable CA1001 // The transport is closed and disposed of when the system ends.
using ActorRuntime.Actor;
using ActorRuntime.Remote.Transport;
using ActorRuntime.Util;

namespace ActorRuntime.Remote;

/// <summary>References of a system that other systems can reach: local paths as always, all others as <see cref="RemoteActorRef"/>.</summary>
public sealed class RemoteActorRefProvider : IActorRefProvider
{
    /// <summary>Protocol of remote addresses.</summary>
    public const string Protocol = "actor-runtime.tcp";

    private readonly LocalActorRefProvider _local;
    private readonly RemoteSetup _setup;
    private readonly TaskCompletionSource _terminated = new();
    private RemoteTransport? _transport;

    internal RemoteActorRefProvider(string systemName, RemoteSetup setup) => (_local, _setup) = (new LocalActorRefProvider(systemName), setup);

    /// <inheritdoc/>
    public ExtendedActorSystem System => _local.System;

    /// <inheritdoc/>
    public ActorPath RootPath => _local.RootPath;

    /// <inheritdoc/>
    public Address DefaultAddress => Transport.Address;

    /// <inheritdoc/>
    public LocalActorRef RootGuardian => _local.RootGuardian;

    /// <inheritdoc/>
    public LocalActorRef Guardian => _local.Guardian;

    /// <inheritdoc/>
    public LocalActorRef SystemGuardian => _local.SystemGuardian;

    /// <inheritdoc/>
    public IActorRef DeadLetters => _local.DeadLetters;

    /// <summary>Done when the root guardian has ended and what it left to send is sent.</summary>
    public Task TerminationTask => _terminated.Task;

    internal RemoteTransport Transport => _transport ?? throw new InvalidOperationException("Remoting has not started yet");

    /// <inheritdoc/>
    public void Init(ExtendedActorSystem system)
    {
        // Listening first: a port that is taken must not leave half a system behind.
        var random = system.Environment.Random("remote-incarnation");
        var log = new RemoteLog(system.LoggerFactory.CreateLogger("ActorRuntime.Remote"));
        var options = _setup.Options ?? RemoteOptions.FromConfig(system.Settings.Config).Validated();
        _transport = new RemoteTransport(system, this, options, system.Environment, _setup.Uid ?? DrawUid(random), log);
        _local.Init(system);
        _ = system.Serialization; // Two types with one wire name are found now, not with the first message.
        _transport.Start();
        _transport.Start(EndAsync);
        log.Listening(_transport.Address, _transport.Uid);
    }

    /// <inheritdoc/>
    public IInternalActorRef ActorOf(ExtendedActorSystem system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService) =>
        _local.ActorOf(system, props, supervisor, path, systemService);

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(string path)
    {
        if (!Address.TryParse(path, out var address, out var rest)) return DeadLetters;
        if (IsOurs(address)) return ActorPath.TryParse(RootPath, rest, out var local) ? _local.ResolveActorRef(local) : DeadLetters;
        return ActorPath.TryParse(new RootActorPath(address), rest, out var remote) ? ResolveRemote(remote) : DeadLetters;
    }

    /// <inheritdoc/>
    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        var address = actorPath.Address;
        if (address == RootPath.Address) return _local.ResolveActorRef(actorPath);
        return IsOurs(address) ? _local.ResolveActorRef((RootPath / actorPath.Elements).WithUid(actorPath.Uid)) : ResolveRemote(actorPath);
    }

    /// <inheritdoc/>
    public IActorRef RootGuardianAt(Address address) => IsOurs(address) ? _local.RootGuardian : ResolveRemote(new RootActorPath(address));

    /// <inheritdoc/>
    public Address? GetExternalAddressFor(Address address) =>
        IsOurs(address) ? address : address.Protocol == Protocol ? DefaultAddress : null;

    /// <inheritdoc/>
    public ActorPath TempPath() => _local.TempPath();

    /// <inheritdoc/>
    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _local.RegisterTempActor(actorRef, path);

    /// <inheritdoc/>
    public void UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    private static long DrawUid(Prng random)
    {
        var uid = (long)random.Next();
        return uid == 0 ? 1 : uid;
    }

    private async Task EndAsync()
    {
        await _local.TerminationTask.ConfigureAwait(false);
        await Transport.CloseAsync().ConfigureAwait(false);
        Transport.Dispose();
        _terminated.TrySetResult();
    }

    private bool IsOurs(Address address) => address == RootPath.Address || (_transport is { } transport && address == transport.Address);

    private IActorRef ResolveRemote(ActorPath path)
    {
        var address = path.Address;
        return address.Protocol == Protocol && address.Host is not null && address.Port is not null ? new RemoteActorRef(this, path) : DeadLetters;
    }
}
