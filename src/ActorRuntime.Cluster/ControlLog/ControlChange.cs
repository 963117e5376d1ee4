using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ActorRuntime.Cluster.View;

namespace ActorRuntime.Cluster.ControlLog;

/// <summary>One decision about the cluster. A change names the state it replaces; <c>ClusterView.Apply</c> rejects it, and records that,
/// when that state is another (SAFETY 1A-5).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NodeJoined), "node-joined")]
[JsonDerivedType(typeof(NodeUp), "node-up")]
[JsonDerivedType(typeof(NodeLeaving), "node-leaving")]
[JsonDerivedType(typeof(NodeDown), "node-down")]
[JsonDerivedType(typeof(NodeEnded), "node-ended")]
[JsonDerivedType(typeof(NodeRemoved), "node-removed")]
[JsonDerivedType(typeof(ObserversChanged), "observers-changed")]
[JsonDerivedType(typeof(ObserversRetired), "observers-retired")]
[JsonDerivedType(typeof(ObserversWithdrawn), "observers-withdrawn")]
[JsonDerivedType(typeof(OrchestratorElected), "orchestrator-elected")]
[JsonDerivedType(typeof(UnitTypeHosted), "unit-type-hosted")]
[JsonDerivedType(typeof(ShardsPlaced), "shards-placed")]
[JsonDerivedType(typeof(TransfersChanged), "transfers-changed")]
[JsonDerivedType(typeof(ReplicasChanged), "replicas-changed")]
[JsonDerivedType(typeof(ReplicationChanged), "replication-changed")]
[JsonDerivedType(typeof(ShardsRecovered), "shards-recovered")]
[JsonDerivedType(typeof(LearnersAssigned), "learners-assigned")]
[JsonDerivedType(typeof(FlowDefined), "flow-defined")]
[JsonDerivedType(typeof(FlowSwitched), "flow-switched")]
[JsonDerivedType(typeof(FlowMuted), "flow-muted")]
[JsonDerivedType(typeof(FlowUnmuted), "flow-unmuted")]
[JsonDerivedType(typeof(SenderMuted), "sender-muted")]
[JsonDerivedType(typeof(SenderUnmuted), "sender-unmuted")]
[JsonDerivedType(typeof(SignalTimingChanged), "signal-timing-changed")]
[JsonDerivedType(typeof(LogCompacted), "log-compacted")]
[JsonDerivedType(typeof(LogAdopted), "log-adopted")]
public abstract record ControlChange
{
    private ControlChange() { }

    /// <summary>A node enters under its name. Rejected while another incarnation of the name is not down, unless
    /// <paramref name="ReplacedBecause"/> proves that one gone.</summary>
    public sealed record NodeJoined(NodeFacts Node, NodeKey? Replaces, LossEvidence? ReplacedBecause) : ControlChange;

    /// <summary>A joining node may take shards and observe.</summary>
    public sealed record NodeUp(NodeKey Node) : ControlChange;

    /// <summary>A node asks to go in order.</summary>
    public sealed record NodeLeaving(NodeKey Node) : ControlChange;

    /// <summary>A node is lost. Rejected without a loss quorum of every valid observer set or authoritative evidence.</summary>
    public sealed record NodeDown(NodeKey Node, LossEvidence Evidence) : ControlChange;

    /// <summary>An operator vouches that the process of a lost node has ended: its successors wait for nothing more. Rejected while it is not lost, and
    /// when its end is known already.</summary>
    public sealed record NodeEnded(NodeKey Node, string Why) : ControlChange;

    /// <summary>A node is taken off the list: it was leaving and leads nothing any more, or says itself that it has stopped; it never came
    /// up; or it was down long enough.</summary>
    public sealed record NodeRemoved(NodeKey Node) : ControlChange;

    /// <summary>A second observer set becomes valid beside the first; its epoch is the version of this entry.</summary>
    public sealed record ObserversChanged(NodeKey Node, ImmutableArray<NodeKey> Observers, bool Witness) : ControlChange;

    /// <summary>The older of two observer sets ends.</summary>
    public sealed record ObserversRetired(NodeKey Node, long Epoch) : ControlChange;

    /// <summary>The newer of two observer sets ends before the older one did: too few of it are left. Safe at any time, since as long as both are valid
    /// the older one is needed for lease and loss alike.</summary>
    public sealed record ObserversWithdrawn(NodeKey Node, long Epoch) : ControlChange;

    /// <summary>A node decides from now on; the term is the version of this entry. Rejected while the previous one is up and has not
    /// stepped down.</summary>
    /// <param name="PreviousTerm">Term of the orchestrator replaced, 0 for the first.</param>
    /// <param name="PreviousSteppedDown">True when the previous one said that it cannot reach the store.</param>
    public sealed record OrchestratorElected(NodeKey Node, long PreviousTerm, bool PreviousSteppedDown) : ControlChange;

    /// <summary>A node's region runs units of this type; the first such change defines the type.</summary>
    /// <param name="ShardCount">Number of hashed shards; 0 for a type whose shards are named by its units (sender units).</param>
    /// <param name="Replication">How the logs of its shards are replicated; null for events in the shared journal alone. The first host
    /// decides it.</param>
    public sealed record UnitTypeHosted(
        NodeKey Node, string Type, int ShardCount,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Replication? Replication = null) : ControlChange;

    /// <summary>Shards get leaders; the term of each is the version of this entry. The orchestrator decides it, or the leader that was asked for
    /// a transfer and has stopped.</summary>
    public sealed record ShardsPlaced(string Type, ImmutableArray<ShardPlacement> Placements) : ControlChange;

    /// <summary>Leaders are asked to hand shards over to other nodes, or asked no more. The orchestrator decides it, or an operator.</summary>
    public sealed record TransfersChanged(string Type, ImmutableArray<TransferChange> Transfers) : ControlChange;

    /// <summary>In-sync sets change. Additions are proposed by the shard's leader alone, in its term (SAFETY 1C-17); removals by it, by the
    /// orchestrator, or by the node that cannot vouch for its log.</summary>
    public sealed record ReplicasChanged(string Type, ImmutableArray<ReplicaChange> Changes) : ControlChange;

    /// <summary>An operator wants more or fewer copies of a type's logs, or another minimum in sync.</summary>
    public sealed record ReplicationChanged(string Type, Replication Replication, string Why) : ControlChange;

    /// <summary>An operator accepts that what only the lost copies of these shards had is lost: they go on without. Their old leaders' terms end
    /// with this entry.</summary>
    public sealed record ShardsRecovered(string Type, ImmutableArray<ShardRecovery> Recoveries, string Why) : ControlChange;

    /// <summary>The orchestrator says which other nodes shall catch up with a shard's log.</summary>
    public sealed record LearnersAssigned(string Type, ImmutableArray<LearnerAssignment> Assignments) : ControlChange;

    /// <summary>A flow begins to exist; each sender unit becomes a shard of its type.</summary>
    public sealed record FlowDefined(
        string Flow, UnitId Receiver, ImmutableArray<UnitId> Senders, FailbackPolicy Failback, string Settings) : ControlChange;

    /// <summary>Another sender of the flow is the active one (null: none); the flow's term is the version of this entry.</summary>
    public sealed record FlowSwitched(
        string Flow, long PreviousTerm, int? To, ImmutableArray<NodeKey> Predecessors, string Why) : ControlChange;

    /// <summary>An operator stops a flow.</summary>
    public sealed record FlowMuted(string Flow, long PreviousTerm, string Why) : ControlChange;

    /// <summary>An operator lets a flow go on; who sends is decided anew.</summary>
    public sealed record FlowUnmuted(string Flow, string Why) : ControlChange;

    /// <summary>A sender is muted: nothing of it is accepted. An operator's word (term 0) holds until an operator takes it back.</summary>
    public sealed record SenderMuted(string Flow, int Sender, string Why) : ControlChange;

    /// <summary>A muted sender is healthy again and stands by.</summary>
    public sealed record SenderUnmuted(string Flow, int Sender, string Why) : ControlChange;

    /// <summary>Timing of the signal channel for all nodes (SAFETY 1B-10). Rejected when loss-after does not exceed lease by drift and
    /// slack.</summary>
    public sealed record SignalTimingChanged(TimeSpan Interval, TimeSpan Lease, TimeSpan LossAfter, string Why) : ControlChange;

    /// <summary>A checkpoint of the view takes the place of the entries up to <paramref name="Version"/>, the one before this. It changes
    /// nothing in the view.</summary>
    /// <param name="CheckpointDigest">SHA-256 over the checkpoint's text: the chain vouches for it as for every entry.</param>
    public sealed record LogCompacted(long Version, string CheckpointDigest) : ControlChange;

    /// <summary>An operator lets the cluster go on with a log that lost entries: its version is above all that were ever seen, so that no
    /// term is granted twice (SAFETY 1A-4). It changes nothing else in the view.</summary>
    /// <param name="From">The version before the jump.</param>
    public sealed record LogAdopted(long From, string Why) : ControlChange;
}

/// <summary>A shard's new leader.</summary>
/// <param name="PreviousTerm">The term it replaces; rejected when the shard has another.</param>
/// <param name="Predecessors">See <see cref="ShardState"/>: computed by the orchestrator from its evidence.</param>
/// <param name="PreviousReplicas">Version of the replica set it was decided on, 0 in a type without replication; rejected when the set is
/// another, or when the leader is not in it.</param>
/// <param name="Transfer">Entry in which the present leader was asked for this: it has stopped, and hands over itself. 0 for the
/// orchestrator's own decision.</param>
public sealed record ShardPlacement(
    string Shard, long PreviousTerm, NodeKey Leader, ImmutableArray<NodeKey> Predecessors,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long PreviousReplicas = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Transfer = 0);

/// <summary>The leader of a shard shall stop its units and make another node the leader.</summary>
/// <param name="Term">Of the present leader; rejected when the shard has another.</param>
/// <param name="To">Null: it goes on as before.</param>
public sealed record TransferChange(string Shard, long Term, NodeKey? To);

/// <summary>A log enters the in-sync set of a shard, or leaves it.</summary>
/// <param name="Term">Of the leader that proposes it; 0 when somebody else does.</param>
/// <param name="PreviousReplicas">Version of the replica set it changes; rejected when the set is another.</param>
public sealed record ReplicaChange(string Shard, long Term, long PreviousReplicas, ReplicaId Replica, bool IsAdded, string Why);

/// <summary>A shard goes on without the copies that were in sync.</summary>
/// <param name="PreviousTerm">Term it ends; rejected when the shard has another.</param>
/// <param name="PreviousReplicas">Version of the replica set it gives up; rejected when the set is another.</param>
/// <param name="From">The copy to go on from; null for the persistent store.</param>
/// <param name="Without">Living nodes that were asked, and have the copy the set names no more; rejected when one of the set's nodes lives and is
/// not named here.</param>
public sealed record ShardRecovery(
    string Shard, long PreviousTerm, long PreviousReplicas, ReplicaId? From, ImmutableArray<NodeKey> Without);

/// <summary>All learners of a shard from now on.</summary>
/// <param name="PreviousReplicas">Version of the replica set it changes; rejected when the set is another.</param>
public sealed record LearnerAssignment(string Shard, long PreviousReplicas, ImmutableArray<string> Learners);
