using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ActorRuntime.Cluster.View;

/// <summary>What happens when the first sender of a flow is healthy again.</summary>
public enum FailbackPolicy
{
    /// <summary>The orchestrator switches back once its home node has been up for <c>failback-after</c>.</summary>
    Automatic,

    /// <summary>It waits for an operator.</summary>
    Manual,

    /// <summary>The standby stays the active one until it is lost itself.</summary>
    Sticky,
}

/// <summary>Where a sender stands in its flow.</summary>
public enum SenderStatus
{
    /// <summary>Healthy, not sending.</summary>
    Standby,

    /// <summary>The one that sends.</summary>
    Active,

    /// <summary>Its node was lost, or an operator muted it: nothing of it is accepted.</summary>
    Muted,
}

/// <summary>A sharded unit by type and id.</summary>
public sealed record UnitId(string Type, string Id);

/// <summary>One candidate sender of a flow.</summary>
/// <param name="Unit">The sender unit; its shard id is its id.</param>
/// <param name="Since">Control-log version at which the status began.</param>
/// <param name="Why">Reason of the last change, for people.</param>
/// <param name="MutedByOperator">An operator muted it: it stays so until an operator unmutes it, however healthy it is.</param>
public sealed record SenderState(
    UnitId Unit, SenderStatus Status, long Since, string Why,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool MutedByOperator = false);

/// <summary>A row of the flow table (CL-8): who sends, who stands by, who is muted, since when and why.</summary>
/// <param name="Name">Name of the flow.</param>
/// <param name="Receiver">The unit that applies the items.</param>
/// <param name="Senders">In order of preference; the first is the flow's own sender, the others are temporary.</param>
/// <param name="Term">Control-log version of the entry that chose the active sender; receivers refuse items of a lower one.</param>
/// <param name="Active">Index into <paramref name="Senders"/>; null while nobody may send.</param>
/// <param name="Predecessors">Nodes on which earlier active senders ran that were not known to have stopped at the switch: the active
/// one waits for the gate of each.</param>
/// <param name="MutedByOperator">An operator stopped the whole flow.</param>
/// <param name="Settings">Opaque to the cluster: what the sender and receiver units need (source, rate, window), JSON.</param>
public sealed record FlowState(
    string Name,
    UnitId Receiver,
    ImmutableArray<SenderState> Senders,
    long Term,
    int? Active,
    ImmutableArray<NodeKey> Predecessors,
    FailbackPolicy Failback,
    bool MutedByOperator,
    string Settings);
