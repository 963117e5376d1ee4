using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Membership;

/// <summary>The node's mute switch and take-over gate through its whole life: shut before the signal channel is open, and for good once the
/// node was declared lost or has left.</summary>
internal sealed class NodeSwitch : IMuteSwitch, ITakeoverGate
{
    private SignalChannel? _channel;
    private bool _isShut;

    /// <inheritdoc/>
    public bool IsOpen => !Volatile.Read(ref _isShut) && Volatile.Read(ref _channel) is { IsOpen: true };

    /// <inheritdoc/>
    public MonotonicTime LeaseEnd =>
        Volatile.Read(ref _isShut) || Volatile.Read(ref _channel) is not { } channel ? new MonotonicTime(long.MinValue) : channel.LeaseEnd;

    /// <inheritdoc/>
    public bool IsClear(NodeKey predecessor, long version) => Volatile.Read(ref _channel) is { } channel && channel.IsClear(predecessor, version);

    /// <summary>As <see cref="IsClear"/>, of what is known: asks nobody to listen.</summary>
    public bool IsKnownClear(NodeKey predecessor, long version) => Volatile.Read(ref _channel) is { } channel && channel.IsKnownClear(predecessor, version);

    /// <summary>Follows the channel from now on.</summary>
    public void Follow(SignalChannel channel) => Volatile.Write(ref _channel, channel);

    /// <summary>Shut from now on; true for the first call.</summary>
    public bool Shut() => !Interlocked.Exchange(ref _isShut, true);
}
