using ActorRuntime.Actor;
using ActorRuntime.Remote.Transport;

namespace ActorRuntime.Remote;

/// <summary>What other layers ask of remoting. Any thread.</summary>
public sealed class Remote : IExtension
{
    private readonly RemoteTransport _transport;

    private Remote(RemoteTransport transport) => _transport = transport;

    /// <summary>Where other systems find this one.</summary>
    public Address Address => _transport.Address;

    /// <summary>This system's incarnation, as peers know it.</summary>
    public long Uid => _transport.Uid;

    /// <summary>What remoting has done so far.</summary>
    public RemoteCounters Counters => _transport.Counters;

    /// <summary>Settings in force.</summary>
    public RemoteOptions Options => _transport.Options;

    /// <summary>The remoting of <paramref name="system"/>.</summary>
    /// <exception cref="InvalidOperationException">The system was made without remoting.</exception>
    public static Remote Get(ActorSystem system) => new Provider().Get(system);

    /// <summary>Incarnation that answers at <paramref name="peer"/>; 0 when unknown or quarantined.</summary>
    public long UidOf(Address peer) => _transport.TryGetAssociation(peer)?.Uid ?? 0;

    /// <summary>Connects to <paramref name="peer"/> although nothing is to be sent yet; <see cref="AssociationOpened"/> tells of success.</summary>
    public void Connect(Address peer) => _transport.TryGetAssociation(peer)?.Connect();

    /// <summary>
    /// Shuts out one incarnation for good: its connections are closed, what it still sends is refused and counted, watches on its actors fire
    /// <see cref="Terminated"/> with <see cref="Terminated.AddressTerminated"/>. A later incarnation at the address is welcome at once.
    /// </summary>
    public void Quarantine(Address peer, long uid, string reason = "asked for by the application")
    {
        ArgumentOutOfRangeException.ThrowIfZero(uid);
        _transport.Quarantined(peer, uid, reason);
    }

    /// <summary>True when the incarnation is shut out.</summary>
    public bool IsQuarantined(Address peer, long uid) => _transport.Quarantine.Contains(peer, uid);

    /// <summary>
    /// Goes on as another incarnation without a restart, for example after peers have quarantined this one: connections are closed, watches on remote actors
    /// fire, peers see the old incarnation end and the new one come.
    /// </summary>
    /// <param name="uid">The new incarnation, not 0.</param>
    public void Renew(long uid)
    {
        ArgumentOutOfRangeException.ThrowIfZero(uid);
        _transport.Renew(uid);
    }

    private sealed class Provider : ExtensionIdProvider<Remote>
    {
        public override Remote CreateExtension(ExtendedActorSystem system) =>
            system.Provider is RemoteActorRefProvider provider
                ? new Remote(provider.Transport)
                : throw new InvalidOperationException($"Actor system {system.Name} was made without remoting; add WithRemoting to its setup.");
    }
}
