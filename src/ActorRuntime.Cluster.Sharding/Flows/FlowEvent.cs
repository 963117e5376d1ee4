using System.Collections.Immutable;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>A fact about a flow, as it stands in its receiver unit's journal.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="AtMs">Wall clock of the receiver's node, milliseconds since 1970; for timelines, orders nothing.</param>
public abstract record FlowEvent(string Flow, long AtMs)
{
    /// <summary>A sender took the flow over.</summary>
    /// <param name="Position">Items applied before it.</param>
    public sealed record FlowOpened(string Flow, long AtMs, FlowFence Fence, int Sender, long Position) : FlowEvent(Flow, AtMs);

    /// <summary>Items and the position they lead to: one event, so neither is ever without the other.</summary>
    public sealed record ItemsApplied(string Flow, long AtMs, FlowFence Fence, long FirstSequence, ImmutableArray<FlowItem> Batch)
        : FlowEvent(Flow, AtMs);

    /// <summary>What was refused since the last such event, by fence, sender and reason: the audit of zombies.</summary>
    /// <param name="Term">Term under which it was sent.</param>
    /// <param name="Sender">Index of the sender, -1 where too many kinds of refusals were summed up.</param>
    /// <param name="Messages">Messages refused.</param>
    /// <param name="Items">Items they carried.</param>
    public sealed record ItemsRefused(string Flow, long AtMs, long Term, int Sender, FlowRefusal Why, long Messages, long Items)
        : FlowEvent(Flow, AtMs);

    /// <summary>The source has ended.</summary>
    /// <param name="Count">All items of the flow.</param>
    public sealed record FlowCompleted(string Flow, long AtMs, FlowFence Fence, long Count) : FlowEvent(Flow, AtMs);
}
