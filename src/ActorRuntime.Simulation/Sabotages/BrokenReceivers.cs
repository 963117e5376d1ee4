using ActorRuntime.Cluster.Sharding.Flows;
using ActorRuntime.Cluster.View;
using ActorRuntime.Simulation.Workloads;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Sabotages;

/// <summary>Takes items of a lower term than the one opened.</summary>
internal sealed class LowerTermReceiver(UnitId unit) : NumberReceiver(unit)
{
    private protected override FlowReceiver MakeReceiver(string flow, FlowSettings settings, FlowReceiverState state) => new Receiver(flow, settings, state);

    private sealed class Receiver(string flow, FlowSettings settings, FlowReceiverState state) : FlowReceiver(flow, settings, state)
    {
        private protected override FlowRefusal? WhyNot(FlowMessage message, int sender) => message.Fence < State.Fence ? null : base.WhyNot(message, sender);
    }
}

/// <summary>Answers an opening without storing it, and takes items without one.</summary>
internal sealed class UnopenedReceiver(UnitId unit) : NumberReceiver(unit)
{
    private protected override FlowReceiver MakeReceiver(string flow, FlowSettings settings, FlowReceiverState state) => new Receiver(flow, settings, state);

    private sealed class Receiver(string flow, FlowSettings settings, FlowReceiverState state) : FlowReceiver(flow, settings, state)
    {
        private protected override FlowReceiverStep OnOpen(FlowMessage.Open open, MonotonicTime now, long atMs) => base.OnOpen(open, now, atMs) with { Persist = null };

        private protected override FlowRefusal? WhyNot(FlowMessage message, int sender) => message.Fence > State.Fence ? null : base.WhyNot(message, sender);
    }
}

/// <summary>Knows nothing of what it had when it is recovered.</summary>
internal sealed class ForgetfulReceiver(UnitId unit) : NumberReceiver(unit)
{
    private protected override FlowReceiver MakeReceiver(string flow, FlowSettings settings, FlowReceiverState state) =>
        new Receiver(this, flow, settings, IsRecovering ? FlowReceiverState.Empty : state);

    private sealed class Receiver(ForgetfulReceiver unit, string flow, FlowSettings settings, FlowReceiverState state) : FlowReceiver(flow, settings, state)
    {
        public override void Apply(FlowEvent fact)
        {
            if (!unit.IsRecovering) base.Apply(fact);
        }
    }
}
