using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Says whether this node may serve. Any thread; a volatile read and a clock read, no allocation.</summary>
/// <remarks>The check is not atomic with what follows it: a pause in between is what terms are for (DESIGN section 13).</remarks>
public interface IMuteSwitch
{
    /// <summary>False while the lease has run out (and the switch is installed): units neither serve nor send.</summary>
    bool IsOpen { get; }

    /// <summary>End of the lease on this node's lease clock; <see cref="MonotonicTime"/> at its maximum for a node that needs
    /// none.</summary>
    MonotonicTime LeaseEnd { get; }
}
