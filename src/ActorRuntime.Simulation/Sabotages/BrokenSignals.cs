using ActorRuntime.Cluster.Signal;
using ActorRuntime.Cluster.View;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>SAFETY 1B-7 broken: an incarnation the view calls lost goes on being heard and echoed.</summary>
internal sealed class EchoingSignals : SignalParts
{
    public override LinkTable MakeLinks(NodeKey self, SilentList lost) => new Links(self, lost);

    private sealed class Links(NodeKey self, SilentList lost) : LinkTable(self, lost)
    {
        private protected override bool IsKept(NodeKey peer) => true;
    }
}

/// <summary>SAFETY 1B-7 broken: a gate asks for the applied version alone.</summary>
internal sealed class ImpatientSignals : SignalParts
{
    public override TakeoverGate MakeGate(NodeKey self) => new Gate(self);

    private sealed class Gate(NodeKey self) : TakeoverGate(self)
    {
        private protected override bool IsSilent(NodeKey node, ReadOnlySpan<ulong> silent) => true;
    }
}

/// <summary>SAFETY 1B-8 broken: one echo is a lease.</summary>
internal sealed class QuorumlessSignals : SignalParts
{
    public override LeaseCalculator MakeLease(NodeKey self) => new Lease(self);

    private sealed class Lease(NodeKey self) : LeaseCalculator(self)
    {
        private protected override int OthersNeeded(ObserverSet set) => Math.Min(1, base.OthersNeeded(set));
    }
}

/// <summary>A lease runs from the arrival of the echo instead of the sending of the signal.</summary>
internal sealed class LateLeaseSignals(TimeSpan lease) : SignalParts
{
    public override LeaseCalculator MakeLease(NodeKey self) => new Lease(self, lease);

    private sealed class Lease(NodeKey self, TimeSpan lease) : LeaseCalculator(self)
    {
        public override void OnEcho(ulong observer, MonotonicTime leaseEnd, long epoch, MonotonicTime now) => base.OnEcho(observer, now + lease, epoch, now);
    }
}
