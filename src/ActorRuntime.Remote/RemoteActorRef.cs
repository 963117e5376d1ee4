using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;
using ActorRuntime.Remote.Transport;

namespace ActorRuntime.Remote;

/// <summary>Reference to an actor of another system. Equal to any other with the same path and uid.</summary>
public sealed class RemoteActorRef : InternalActorRefBase
{
    private readonly RemoteActorRefProvider _provider;
    private Association? _association;

    internal RemoteActorRef(RemoteActorRefProvider provider, ActorPath path)
    {
        (_provider, Path) = (provider, path);
        foreach (var character in path.Name) LaneHash = LaneHash * 31 + character;
    }

    /// <inheritdoc/>
    public override ActorPath Path { get; }

    /// <inheritdoc/>
    public override IInternalActorRef Parent => (IInternalActorRef)_provider.ResolveActorRef(Path.Parent);

    /// <inheritdoc/>
    public override IActorRefProvider Provider => _provider;

    /// <inheritdoc/>
    public override bool IsLocal => false;

    /// <summary>Chooses the lane: equal for equal paths, so that order holds.</summary>
    internal int LaneHash { get; }

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> names)
    {
        var path = Path;
        foreach (var name in names)
        {
            if (name.Length > 0) path = name == ".." ? path.Parent : path / name;
        }
        return _provider.ResolveActorRef(path);
    }

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is not (Watch or Unwatch or DeathWatchNotification or Terminate)) return; // Supervision ends at the border of a system.
        if (Association is { } association) association.SendSystem(message, this);
        else if (message is Watch watch) watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: false, addressTerminated: true));
    }

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
        if (message is null) throw new InvalidMessageException($"The message to {this} is null");
        if (Association is { } association) association.Send(message, sender, this);
        else _provider.Transport.Drop(message, sender, this);
    }

    private Association? Association => _association ??= _provider.Transport.TryGetAssociation(Path.Address);
}
