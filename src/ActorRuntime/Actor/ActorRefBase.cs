using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>Equality, order and text of all references.</summary>
public abstract class ActorRefBase : IActorRef
{
    /// <inheritdoc/>
    public abstract ActorPath Path { get; }

    /// <inheritdoc/>
    public void Tell(object? message, IActorRef? sender) => TellInternal(message, sender);

    /// <inheritdoc/>
    public virtual bool Equals(IActorRef? other) =>
        ReferenceEquals(this, other) || (other is not null && Path.Uid == other.Path.Uid && Path.Equals(other.Path));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as IActorRef);

    /// <inheritdoc/>
    public override int GetHashCode() => Path.Uid != ActorPath.UndefinedUid ? Path.Uid.GetHashCode() : Path.GetHashCode();

    /// <summary>Orders by path, then by uid.</summary>
    public int CompareTo(IActorRef? other)
    {
        if (other is null) return 1;
        var byPath = Path.CompareTo(other.Path);
        return byPath != 0 ? byPath : Path.Uid.CompareTo(other.Path.Uid);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var path = Path;
        return path.Uid == ActorPath.UndefinedUid ? $"[{path}]" : $"[{path}#{path.Uid}]";
    }

    /// <summary>Compares path and uid.</summary>
    public static bool operator ==(ActorRefBase? left, IActorRef? right) => left is null ? right is null : left.Equals(right);

    /// <inheritdoc cref="op_Equality"/>
    public static bool operator !=(ActorRefBase? left, IActorRef? right) => !(left == right);

    /// <summary>Orders by path, then by uid.</summary>
    public static bool operator <(ActorRefBase left, IActorRef right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >(ActorRefBase left, IActorRef right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator <=(ActorRefBase left, IActorRef right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="op_LessThan"/>
    public static bool operator >=(ActorRefBase left, IActorRef right) => left.CompareTo(right) >= 0;

    /// <summary>Takes in a message; the sender may be null.</summary>
    protected abstract void TellInternal(object? message, IActorRef? sender);
}

/// <summary>Base of references that the runtime's layers implement.</summary>
public abstract class InternalActorRefBase : ActorRefBase, IInternalActorRef
{
    /// <inheritdoc/>
    public abstract IInternalActorRef Parent { get; }

    /// <inheritdoc/>
    public abstract IActorRefProvider Provider { get; }

    /// <inheritdoc/>
    public abstract bool IsLocal { get; }

    /// <inheritdoc/>
    public virtual bool IsTerminated => false;

    /// <inheritdoc/>
    public abstract IActorRef GetChild(IReadOnlyList<string> names);

    /// <inheritdoc/>
    public abstract void SendSystemMessage(ISystemMessage message);
}

/// <summary>A reference without an actor behind it: swallows everything unless a subclass does better.</summary>
public abstract class MinimalActorRef : InternalActorRefBase
{
    /// <inheritdoc/>
    public override IInternalActorRef Parent => ActorRefs.Nobody;

    /// <inheritdoc/>
    public override bool IsLocal => true;

    /// <inheritdoc/>
    public override IActorRef GetChild(IReadOnlyList<string> names) => names.All(string.IsNullOrEmpty) ? this : ActorRefs.Nobody;

    /// <inheritdoc/>
    public override void SendSystemMessage(ISystemMessage message)
    {
        // Nobody behind it: a watcher learns that at once, all else has no meaning here.
        if (message is Watch watch) watch.Watcher.SendSystemMessage(new DeathWatchNotification(watch.Watchee, existenceConfirmed: false, addressTerminated: false));
    }

    /// <inheritdoc/>
    protected override void TellInternal(object? message, IActorRef? sender)
    {
    }
}
