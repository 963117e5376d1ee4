using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Makes the parts a <see cref="SignalCore"/> composes. Open so that simulations can put a broken one in, to see that it is caught.</summary>
#pragma warning disable CA1852 // The simulator makes broken ones of it.
internal class SignalParts
#pragma warning restore CA1852
{
    /// <summary>The parts as they are.</summary>
    public static SignalParts Sound { get; } = new();

    public virtual LinkTable MakeLinks(NodeKey self, SilentList lost) => new(self, lost);

    public virtual LeaseCalculator MakeLease(NodeKey self) => new(self);

    public virtual TakeoverGate MakeGate(NodeKey self) => new(self);
}
