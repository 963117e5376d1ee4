using ActorRuntime.Event;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Flows.Units;

/// <summary>Asks a receiver unit how far a flow is; answered with <see cref="FlowStatus"/>.</summary>
[WireType("get-flow-status")]
public sealed record GetFlowStatus(string Flow) : IDeadLetterSuppression;

/// <summary>How far a flow is, by its receiver's committed events.</summary>
/// <param name="Fence">Of the sender that opened it, text form; <c>0.0.0</c> while nobody did.</param>
/// <param name="Sender">Index of that sender, -1 while nobody did.</param>
/// <param name="Position">Items applied.</param>
/// <param name="SourceOffset">Offset after the newest item.</param>
/// <param name="Chain">Chained SHA-256 of the items, hexadecimal; empty before the first.</param>
/// <param name="RefusedMessages">Messages refused, as far as persisted.</param>
/// <param name="RefusedItems">Items in them.</param>
/// <param name="OpenedAtMs">Wall clock of the newest opening, milliseconds since 1970.</param>
/// <param name="LastItemAtMs">Wall clock of the newest batch.</param>
/// <param name="CompletedAtMs">Wall clock of the end, null before.</param>
[WireType("flow-status")]
public sealed record FlowStatus(
    string Flow, string Fence, int Sender, long Position, long SourceOffset, string Chain, long RefusedMessages, long RefusedItems,
    long OpenedAtMs, long LastItemAtMs, long? CompletedAtMs)
{
    internal static FlowStatus Of(string flow, FlowReceiverState state) => new(
        flow, state.Fence.ToString(), state.Sender, state.Position, state.SourceOffset,
        state.Chain.IsDefaultOrEmpty ? "" : Convert.ToHexStringLower(state.Chain.AsSpan()), state.RefusedMessages, state.RefusedItems,
        state.OpenedAtMs, state.LastItemAtMs, state.CompletedAtMs);
}

/// <summary>Asks a sender unit what it does; answered with <see cref="SenderReport"/>.</summary>
[WireType("get-sender-report")]
public sealed record GetSenderReport : IDeadLetterSuppression
{
    public static GetSenderReport Instance { get; } = new();
}

/// <summary>What a sender unit does.</summary>
/// <param name="Phase">Lower-case name of its <see cref="FlowSenderPhase"/>.</param>
/// <param name="Fence">Text form of the fence it uses or used last.</param>
/// <param name="Position">Items it knows acknowledged under that fence, those of earlier senders included.</param>
/// <param name="IsMuted">The mute switch of its node is closed.</param>
/// <param name="Waits">What keeps it from sending, for people; empty when nothing does.</param>
[WireType("sender-report")]
public sealed record SenderReport(string Flow, int Sender, string Phase, string Fence, long Position, bool IsMuted, string Waits);

/// <summary>A sender unit's own record of how far it got: information, nothing rests on it.</summary>
[WireType("sender-progress")]
public sealed record SenderProgress(string Flow, long Term, long Position, long SourceOffset, long AtMs);
