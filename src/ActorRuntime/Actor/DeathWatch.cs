using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Whom one cell watches, and who watches it.</summary>
/// <remarks>
/// A notice becomes a <see cref="Terminated"/> at the end of the user queue. Until it is handled the subject is kept in <c>_queued</c>, so that an
/// <see cref="Unwatch"/> in between drops it. Refs of other nodes end also when their whole address does.
/// </remarks>
internal sealed class DeathWatch(ActorCell cell)
{
    private readonly Dictionary<IActorRef, object?> _watching = [];
    private Dictionary<IActorRef, object?>? _queued;
    private HashSet<IActorRef>? _watchers;

    public IActorRef Watch(IActorRef subject, object? message)
    {
        var watchee = (IInternalActorRef)subject;
        if (watchee.Equals(cell.Self)) return subject;
        if (_watching.TryGetValue(subject, out var before))
        {
            if (Equals(before, message)) return subject;
            throw new InvalidOperationException($"{cell.Self} watches {subject} already with another message; unwatch it first");
        }

        _watching.Add(subject, message);
        ListenForAddress(subject);
        watchee.SendSystemMessage(new Watch(watchee, (IInternalActorRef)cell.Self));
        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        if (_watching.Remove(subject)) watchee.SendSystemMessage(new Unwatch(watchee, (IInternalActorRef)cell.Self));
        _queued?.Remove(subject);
        return subject;
    }

    public void AddWatcher(Watch watch)
    {
        if (watch.Watcher.Equals(cell.Self)) return;
        if ((_watchers ??= []).Add(watch.Watcher)) cell.SystemImpl.DebugLog?.Lifecycle(cell, "now watched by", watch.Watcher);
        ListenForAddress(watch.Watcher);
    }

    public void RemoveWatcher(Unwatch unwatch)
    {
        if (_watchers?.Remove(unwatch.Watcher) == true) cell.SystemImpl.DebugLog?.Lifecycle(cell, "no longer watched by", unwatch.Watcher);
    }

    public void WatchedTerminated(DeathWatchNotification notification)
    {
        if (!_watching.Remove(notification.Actor, out var message) || cell.Phase is ActorCell.CellPhase.Terminating or ActorCell.CellPhase.Terminated) return;
        (_queued ??= [])[notification.Actor] = message;
        cell.Self.Tell(new Terminated(notification.Actor, notification.ExistenceConfirmed, notification.AddressTerminated), notification.Actor);
    }

    public void ReceiveTerminated(Terminated terminated)
    {
        if (_queued is null || !_queued.Remove(terminated.ActorRef, out var message)) return;
        cell.SetCurrent(message ?? terminated, cell.SenderOrNull);
        cell.ReceiveMessage(message ?? terminated);
    }

    public void AddressTerminated(Address address)
    {
        _watchers?.RemoveWhere(watcher => watcher.Path.Address == address);
        foreach (var subject in _watching.Keys.Where(subject => subject.Path.Address == address).ToArray())
        {
            WatchedTerminated(new DeathWatchNotification(subject, existenceConfirmed: false, addressTerminated: true));
        }
    }

    /// <summary>The cell has ended: tells its watchers in this system, or those in others, and takes back its own watches there.</summary>
    public void TellWatchers(bool local)
    {
        foreach (var subject in _watching.Keys)
        {
            var watchee = (IInternalActorRef)subject;
            if (watchee.IsLocal == local) watchee.SendSystemMessage(new Unwatch(watchee, (IInternalActorRef)cell.Self));
        }

        if (local) _watching.Clear();
        if (_watchers is null) return;
        foreach (var watcher in _watchers)
        {
            // The parent hears of it in any case.
            if (((IInternalActorRef)watcher).IsLocal != local || watcher.Equals(cell.Parent)) continue;
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(cell.Self, existenceConfirmed: true, addressTerminated: false));
        }
    }

    private void ListenForAddress(IActorRef other)
    {
        if (other.Path.Address.HasGlobalScope) cell.SystemImpl.EventStream.Subscribe(cell.Self, typeof(AddressTerminated));
    }
}
