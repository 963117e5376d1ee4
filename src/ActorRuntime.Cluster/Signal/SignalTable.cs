using System.Collections.Immutable;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>What a node's signal channel knows at one moment, for <c>arctl signal show</c>.</summary>
/// <param name="Self">This node.</param>
/// <param name="AppliedVersion">Newest view applied here.</param>
/// <param name="ReportedVersion">The version its signals report; behind while a change of its observers waits for their lease.</param>
/// <param name="LeaseLeft">Rest of the lease: null for a node that needs none, negative when it has run out.</param>
/// <param name="IsOpen">Whether the mute switch is open.</param>
/// <param name="Emitter">Module on or off (CL-1).</param>
/// <param name="Detector">Module on or off.</param>
/// <param name="MuteSwitch">Module on or off.</param>
/// <param name="IsBlocked">Whether fault injection drops all datagrams.</param>
/// <param name="IsElevated">Whether the channel's thread runs under a real-time scheduling class.</param>
/// <param name="Sent">Signals sent.</param>
/// <param name="SendFailures">Signals that the system refused to send.</param>
/// <param name="Restarts">Times the channel found that it had not been scheduled, and restarted its observation.</param>
/// <param name="Peers">Ordered by node.</param>
/// <param name="OpenGates">Lost incarnations known to serve no more.</param>
/// <param name="ClosedGates">Lost incarnations that may still serve.</param>
/// <param name="Drops">Datagrams dropped, by kind.</param>
public sealed record SignalTable(
    NodeKey Self, long AppliedVersion, long ReportedVersion, TimeSpan? LeaseLeft, bool IsOpen, bool Emitter, bool Detector, bool MuteSwitch,
    bool IsBlocked, bool IsElevated, SignalTiming Timing, long Sent, long SendFailures, long Restarts, ImmutableArray<SignalPeer> Peers,
    ImmutableArray<NodeKey> OpenGates, ImmutableArray<NodeKey> ClosedGates, ImmutableSortedDictionary<SignalDrop, long> Drops);

/// <summary>One peer in a <see cref="SignalTable"/>.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="HeardAgo">Since its last signal; null when none was heard.</param>
/// <param name="State">What the detector believes.</param>
/// <param name="Sequence">Of its last signal.</param>
/// <param name="Heard">Signals accepted.</param>
/// <param name="Missed">Sequences that never came.</param>
/// <param name="Duplicates">Signals that came again.</param>
/// <param name="Late">Signals overtaken by newer ones.</param>
/// <param name="Jitter">Standard deviation of the travel time.</param>
/// <param name="AppliedVersion">View version it reports; −1 when none was heard.</param>
/// <param name="Epoch">Epoch of its newest observer set.</param>
/// <param name="Supports">Losses it supports.</param>
/// <param name="Silent">Lost incarnations it reports silent.</param>
/// <param name="IsSteppedDown">It cannot reach the store.</param>
public sealed record SignalPeer(
    NodeKey Peer, TimeSpan? HeardAgo, PeerState State, long Sequence, long Heard, long Missed, long Duplicates, long Late, TimeSpan Jitter,
    long AppliedVersion, long Epoch, ImmutableArray<NodeKey> Supports, ImmutableArray<NodeKey> Silent, bool IsSteppedDown)
{
    /// <summary>From a signal to its first echo, on average.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>It says that it does not hear this node; so it is not heard either.</summary>
    public bool IsDeaf { get; init; }
}

/// <summary>What a detector believes of a peer.</summary>
public enum PeerState
{
    /// <summary>This node does not observe it, or its detector is off.</summary>
    NotObserved,

    /// <summary>Heard lately.</summary>
    Healthy,

    /// <summary>Silent; probes are under way.</summary>
    Suspected,

    /// <summary>This node supports declaring it lost.</summary>
    LossSupported,
}
