using ActorRuntime.Actor;

namespace ActorRuntime.Remote;

/// <summary>Published on the event stream when a peer and this system have shaken hands.</summary>
/// <param name="Address">The peer.</param>
/// <param name="Uid">Its incarnation.</param>
public sealed record AssociationOpened(Address Address, long Uid);

/// <summary>
/// Published on the event stream the moment a connection with a peer breaks. A hint that its process died (within milliseconds of a kill on a
/// reachable host), no proof: the runtime goes on re-connecting, watches stay.
/// </summary>
/// <param name="Address">The peer.</param>
/// <param name="Uid">Its incarnation.</param>
/// <param name="Reason">How it broke.</param>
/// <param name="Detail">For people.</param>
public sealed record AssociationLost(Address Address, long Uid, AssociationLossReason Reason, string Detail);

/// <summary>How a connection ended.</summary>
public enum AssociationLossReason
{
    /// <summary>The peer's machine closed the connection without a goodbye: its process ended, or was killed.</summary>
    Closed,

    /// <summary>Reset, time-out or another failure of the network.</summary>
    Broken,

    /// <summary>The peer said goodbye: that incarnation ends in an orderly way and is quarantined.</summary>
    Goodbye,

    /// <summary>A new incarnation answers at the same address.</summary>
    Replaced,

    /// <summary>The incarnation was quarantined here, or it has quarantined ours.</summary>
    Quarantined,

    /// <summary>This system took a new incarnation; nothing is said about the peer.</summary>
    Renewed,
}

/// <summary>Published on the event stream when an incarnation is shut out for good. A later incarnation of the same address is welcome at once.</summary>
/// <param name="Address">The peer.</param>
/// <param name="Uid">The incarnation shut out.</param>
/// <param name="Reason">For people.</param>
public sealed record PeerQuarantined(Address Address, long Uid, string Reason);

/// <summary>Published on the event stream when a peer refuses this system because it has quarantined our incarnation. Only a new incarnation is heard there again.</summary>
/// <param name="Address">The peer that refuses.</param>
/// <param name="Uid">Its incarnation.</param>
public sealed record ThisSystemQuarantined(Address Address, long Uid);
