using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What the signal channel's thread tells the heartbeat actor: changes only, never one per signal.</summary>
public abstract record SignalEvent
{
    private SignalEvent() { }

    /// <summary>A peer this node observes fell silent; probes are under way.</summary>
    public sealed record Suspected(NodeKey Peer, TimeSpan Silence) : SignalEvent;

    /// <summary>Loss-after has passed since the last signal of the peer and its probes were lost: this node supports its loss from now
    /// on.</summary>
    public sealed record LossSupported(NodeKey Peer, TimeSpan Silence, int ProbesSent, int ProbesAnswered) : SignalEvent
    {
        /// <summary>Its last signal said that it does not hear this node.</summary>
        public bool IsDeaf { get; init; }
    }

    /// <summary>A suspected peer was heard again before it was declared lost.</summary>
    public sealed record Restored(NodeKey Peer, TimeSpan Silence) : SignalEvent;

    /// <summary>What a node says of itself in its signals has changed.</summary>
    /// <param name="From">The node.</param>
    /// <param name="AppliedVersion">Newest view version it has applied.</param>
    /// <param name="HandedOverVersion">Whatever views up to this version took from it has stopped there.</param>
    /// <param name="Supports">Peers whose loss it supports, ordered.</param>
    /// <param name="Silent">Incarnations it observed, that its view calls lost, and that it has not heard for loss-after, ordered: the
    /// second
    /// half of the gate of SAFETY 1B-7.</param>
    /// <param name="SteppedDown">It cannot reach the store.</param>
    public sealed record Reported(
        NodeKey From, long AppliedVersion, long HandedOverVersion, ImmutableArray<NodeKey> Supports, ImmutableArray<NodeKey> Silent,
        bool SteppedDown) : SignalEvent;

    /// <summary>The mute switch is closed: the lease ran out, or this node leaves or was declared lost.</summary>
    public sealed record LeaseLost : SignalEvent;

    /// <summary>The lease runs again: the mute switch is open.</summary>
    public sealed record LeaseRegained : SignalEvent;

    /// <summary>An answer of <see cref="ITakeoverGate.IsClear"/> may have changed: whoever waits at a gate asks again.</summary>
    public sealed record GateMoved : SignalEvent;
}
