using ActorRuntime.Cluster.Orchestration;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.Signal;

/// <summary>Told to the heartbeat actor: this node has applied a newer view.</summary>
public sealed record ViewApplied(ClusterView View);

/// <summary>Told to the heartbeat actor: whether the store of the control log answers.</summary>
public sealed record StoreReachable(bool IsReachable);

/// <summary>Told to the heartbeat actor by whoever knows that a process has ended (its parent, a supervisor).</summary>
/// <param name="Node">The incarnation that ran in it.</param>
/// <param name="Detail">For people: process id, exit code.</param>
public sealed record ProcessEnded(NodeKey Node, string Detail);

/// <summary>Told by the heartbeat actor to the orchestrator actor, on every change.</summary>
public sealed record EvidenceChanged(Evidence Evidence);

/// <summary>Asks the heartbeat actor what its detector believes; the answer is a <see cref="SignalTable"/>.</summary>
public sealed record GetSignalTable
{
    public static GetSignalTable Instance { get; } = new();
}

/// <summary>Switches a module of this node's signal channel (CL-1). No answer.</summary>
public sealed record SwitchSignalModule(SignalModule Module, bool On);

/// <summary>Fault injection: has the channel drop all datagrams in and out. The answer is a <see cref="SignalsBlocked"/>.</summary>
public sealed record BlockSignals(bool On);

/// <summary>Answer to <see cref="BlockSignals"/>.</summary>
/// <param name="IsAllowed">False when <c>actor-runtime.cluster.signal.fault-injection</c> is off: nothing was done.</param>
public sealed record SignalsBlocked(bool IsAllowed);

/// <summary>Told by the heartbeat actor to the orchestrator actor from time to time when <c>signal.interval = auto</c>: what this node
/// measured and
/// the times that follow from the requirement. The times are one setting of the cluster (<c>SignalTimingChanged</c>).</summary>
public sealed record SignalTimingDerived(SignalQuality Quality, DerivedTiming Derived);
