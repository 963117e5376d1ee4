using ActorRuntime.Dispatch.SysMsg;

namespace ActorRuntime.Actor;

/// <summary>A handle to one incarnation of an actor, here or on another node. Any thread may use it.</summary>
/// <remarks>Equal exactly when path and uid agree.</remarks>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>
{
    /// <summary>Path with the uid of the incarnation.</summary>
    ActorPath Path { get; }
}

/// <summary>The part of a reference that the runtime's own layers use.</summary>
public interface IInternalActorRef : IActorRef
{
    /// <summary>Reference of the parent; <see cref="ActorRefs.Nobody"/> at the top.</summary>
    IInternalActorRef Parent { get; }

    /// <summary>The provider that made the reference.</summary>
    IActorRefProvider Provider { get; }

    /// <summary>True when the actor runs in this actor system.</summary>
    bool IsLocal { get; }

    /// <summary>True once the actor has ended; false says nothing for remote references.</summary>
    bool IsTerminated { get; }

    /// <summary>Finds a descendant; <c>..</c> goes up. <see cref="ActorRefs.Nobody"/> when there is none.</summary>
    IActorRef GetChild(IReadOnlyList<string> names);

    /// <summary>Sends outside the user queue; handled before user messages and also while the actor is suspended.</summary>
    /// <param name="message">An instance travels to one receiver only.</param>
    void SendSystemMessage(ISystemMessage message);
}
