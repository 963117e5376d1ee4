namespace ActorRuntime.Actor;

/// <summary>Makes and resolves references. The local one suffices for one process; remoting wraps it.</summary>
public interface IActorRefProvider
{
    /// <summary>The system it belongs to. Not before <see cref="Init"/>.</summary>
    ExtendedActorSystem System { get; }

    /// <summary>Root of all local paths.</summary>
    ActorPath RootPath { get; }

    /// <summary>The address this system is known by: with host and port once remoting has bound them.</summary>
    Address DefaultAddress { get; }

    /// <summary>Top of the tree.</summary>
    LocalActorRef RootGuardian { get; }

    /// <summary>Parent of what applications create, <c>/user</c>.</summary>
    LocalActorRef Guardian { get; }

    /// <summary>Parent of what the runtime creates, <c>/system</c>.</summary>
    LocalActorRef SystemGuardian { get; }

    /// <summary>Takes what cannot be delivered.</summary>
    IActorRef DeadLetters { get; }

    /// <summary>Done when the root guardian has ended.</summary>
    Task TerminationTask { get; }

    /// <summary>Called once by the system, after its scheduler, event stream and dispatchers exist. Makes the guardians; must not wait for anything.</summary>
    void Init(ExtendedActorSystem system);

    /// <summary>Makes the reference for a new child; the caller starts it and keeps it among the children of <paramref name="supervisor"/>.</summary>
    IInternalActorRef ActorOf(ExtendedActorSystem system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService);

    /// <summary>The reference at an absolute path: a living one, else one whose messages become dead letters.</summary>
    IActorRef ResolveActorRef(string path);

    /// <inheritdoc cref="ResolveActorRef(string)"/>
    IActorRef ResolveActorRef(ActorPath actorPath);

    /// <summary>The root guardian at an address, local or not.</summary>
    IActorRef RootGuardianAt(Address address);

    /// <summary>Address under which <paramref name="address"/> can reach this system; null when it cannot.</summary>
    Address? GetExternalAddressFor(Address address);

    /// <summary>A new path below <c>/temp</c>.</summary>
    ActorPath TempPath();

    /// <summary>Makes a temporary reference resolvable.</summary>
    void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    /// <summary>Undoes <see cref="RegisterTempActor"/>.</summary>
    void UnregisterTempActor(ActorPath path);
}
