using System.Collections.Immutable;
using ActorRuntime.Event;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>What sender and receiver units of a flow say to each other. Any of it may be lost, doubled, late or reordered.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="Fence">The sender's fence; answers repeat it.</param>
public abstract record FlowMessage(string Flow, FlowFence Fence) : IDeadLetterSuppression
{
    /// <summary>Sender's first word under a fence (rule 29 of SAFETY part 1).</summary>
    /// <param name="Sender">Index in the flow's list of senders.</param>
    public sealed record Open(string Flow, FlowFence Fence, int Sender) : FlowMessage(Flow, Fence);

    /// <summary>The opening is durable at the receiver; whatever an older fence still sends is refused from now on.</summary>
    /// <param name="Position">Items applied so far; the next sequence is one more.</param>
    /// <param name="SourceOffset">The sender continues with the first item at or above this offset, whatever it remembers itself.</param>
    /// <param name="IsCompleted">The flow has ended; there is nothing to send.</param>
    public sealed record OpenAnswer(string Flow, FlowFence Fence, long Position, long SourceOffset, bool IsCompleted)
        : FlowMessage(Flow, Fence);

    /// <summary>A batch in order.</summary>
    /// <param name="FirstSequence">Sequence of the first item, from 1; the others follow without gap.</param>
    public sealed record Items(string Flow, FlowFence Fence, int Sender, long FirstSequence, ImmutableArray<FlowItem> Batch)
        : FlowMessage(Flow, Fence);

    /// <summary>The source has ended and every item is acknowledged.</summary>
    /// <param name="Count">All items of the flow, of earlier senders too.</param>
    public sealed record End(string Flow, FlowFence Fence, int Sender, long Count) : FlowMessage(Flow, Fence);

    /// <summary>Everything up to the position is durable at the receiver.</summary>
    /// <param name="Position">Items applied so far.</param>
    public sealed record Acknowledged(string Flow, FlowFence Fence, long Position, bool IsCompleted) : FlowMessage(Flow, Fence);

    /// <summary>The message changed nothing.</summary>
    /// <param name="Current">The fence the receiver has opened.</param>
    /// <param name="Expected">The next sequence it takes.</param>
    public sealed record Refused(string Flow, FlowFence Fence, FlowRefusal Why, FlowFence Current, long Expected)
        : FlowMessage(Flow, Fence);
}
