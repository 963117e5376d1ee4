using ActorRuntime.Actor;
using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Remote.Delivery;

/// <summary>Who watches whom across one association, both ways, so that the end of an incarnation can be told to exactly those it concerns.</summary>
/// <remarks>Not thread-safe: its association holds a lock.</remarks>
internal sealed class RemoteWatches
{
    private readonly HashSet<(IInternalActorRef Watchee, IInternalActorRef Watcher)> _ours = [];
    private readonly HashSet<(IInternalActorRef Watchee, IInternalActorRef Watcher)> _theirs = [];

    /// <summary>True when actors of this system watch actors of the peer.</summary>
    public bool AreOursWaiting => _ours.Count > 0;

    /// <summary>Takes note of a system message on its way to the peer.</summary>
    public void Sent(ISystemMessage message, IActorRef recipient)
    {
        switch (message)
        {
            case Watch watch: _ours.Add((watch.Watchee, watch.Watcher)); break;
            case Unwatch unwatch: _ours.Remove((unwatch.Watchee, unwatch.Watcher)); break;
            case DeathWatchNotification { Actor: IInternalActorRef watchee }: _theirs.Remove((watchee, (IInternalActorRef)recipient)); break;
            default: break;
        }
    }

    /// <summary>Takes note of a system message from the peer.</summary>
    /// <returns>
    /// The message to hand over. A notice names an incarnation; a watcher that had asked by path alone is told about the reference it knows.
    /// </returns>
    public ISystemMessage Received(ISystemMessage message, IInternalActorRef recipient)
    {
        switch (message)
        {
            case Watch watch: _theirs.Add((watch.Watchee, watch.Watcher)); break;
            case Unwatch unwatch: _theirs.Remove((unwatch.Watchee, unwatch.Watcher)); break;
            case DeathWatchNotification { Actor: IInternalActorRef watchee } death:
                if (_ours.Remove((watchee, recipient))) break;
                foreach (var pair in _ours)
                {
                    if (pair.Watchee.Path.Uid != 0 || !pair.Watcher.Equals(recipient) || !pair.Watchee.Path.Equals(watchee.Path)) continue;
                    _ours.Remove(pair);
                    return new DeathWatchNotification(pair.Watchee, death.ExistenceConfirmed, death.AddressTerminated);
                }
                break;
            default: break;
        }
        return message;
    }

    /// <summary>The incarnation has ended: what to send to whom in this system. Watches for which <paramref name="isPending"/> holds go to its successor.</summary>
    public IReadOnlyList<(IInternalActorRef To, ISystemMessage Message)> End(Func<IInternalActorRef, IInternalActorRef, bool> isPending)
    {
        var notices = new List<(IInternalActorRef, ISystemMessage)>();
        foreach (var (watchee, watcher) in _ours.OrderBy(pair => pair.Watcher).ThenBy(pair => pair.Watchee).ToArray())
        {
            if (isPending(watchee, watcher)) continue;
            _ours.Remove((watchee, watcher));
            notices.Add((watcher, new DeathWatchNotification(watchee, existenceConfirmed: false, addressTerminated: true)));
        }
        foreach (var (watchee, watcher) in _theirs.OrderBy(pair => pair.Watcher).ThenBy(pair => pair.Watchee))
        {
            notices.Add((watchee, new Unwatch(watchee, watcher)));
        }
        _theirs.Clear();
        return notices;
    }
}
