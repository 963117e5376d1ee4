using System.Collections.Immutable;
using System.Security.Cryptography;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>A flow at its receiver, rebuilt from the events alone; also the content of its snapshot.</summary>
/// <param name="Fence">The highest opened; all zero before the first.</param>
/// <param name="Sender">Index of the sender that opened it, -1 before the first.</param>
/// <param name="Position">Items applied.</param>
/// <param name="SourceOffset">Where the next item may be found at the earliest: the last one's offset and one.</param>
/// <param name="Chain">Chained digest of the items, <c>chain = SHA-256(chain || item)</c>, 32 bytes; empty before the first.</param>
/// <param name="RefusedMessages">Messages refused, as far as persisted.</param>
/// <param name="RefusedItems">Items in them.</param>
/// <param name="OpenedAtMs">Wall clock of the newest opening.</param>
/// <param name="LastItemAtMs">Wall clock of the newest batch.</param>
/// <param name="CompletedAtMs">Wall clock of the end, null before.</param>
public sealed record FlowReceiverState(
    FlowFence Fence, int Sender, long Position, long SourceOffset, ImmutableArray<byte> Chain, long RefusedMessages, long RefusedItems,
    long OpenedAtMs, long LastItemAtMs, long? CompletedAtMs)
{
    /// <summary>A flow nobody has opened.</summary>
    public static FlowReceiverState Empty { get; } = new(default, -1, 0, 0, [], 0, 0, 0, 0, null);

    public bool IsCompleted => CompletedAtMs is not null;

    /// <summary>The state after <paramref name="fact"/>; total over every journal our own runs write.</summary>
    /// <exception cref="InvariantException">The journal holds an event that no run of this code writes.</exception>
    public FlowReceiverState Apply(FlowEvent fact)
    {
        switch (fact)
        {
            case FlowEvent.FlowOpened opened:
                Invariant.Holds(opened.Fence > Fence);
                Invariant.Holds(opened.Position == Position);
                return this with { Fence = opened.Fence, Sender = opened.Sender, OpenedAtMs = opened.AtMs };
            case FlowEvent.ItemsApplied applied:
                return Apply(applied);
            case FlowEvent.ItemsRefused refused:
                return this with
                {
                    RefusedMessages = RefusedMessages + refused.Messages, RefusedItems = RefusedItems + refused.Items,
                };
            case FlowEvent.FlowCompleted completed:
                Invariant.Holds(completed.Fence == Fence);
                Invariant.Holds(completed.Count == Position);
                return this with { CompletedAtMs = completed.AtMs };
            default:
                throw new InvariantException("unknown event " + fact.GetType().Name);
        }
    }

    private FlowReceiverState Apply(FlowEvent.ItemsApplied applied)
    {
        Invariant.Holds(applied.Fence == Fence);
        Invariant.Holds(applied.FirstSequence == Position + 1);
        Invariant.Holds(!IsCompleted);

        var next = SourceOffset;
        Span<byte> chain = stackalloc byte[SHA256.HashSizeInBytes];
        Chain.AsSpan().CopyTo(chain);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in applied.Batch)
        {
            Invariant.Holds(item.SourceOffset >= next);
            next = item.SourceOffset + 1;
            hash.AppendData(chain);
            hash.AppendData(item.Bytes.Span);
            hash.GetHashAndReset(chain);
        }
        return this with
        {
            Position = Position + applied.Batch.Length, SourceOffset = next, Chain = ImmutableArray.Create(chain),
            LastItemAtMs = applied.AtMs,
        };
    }
}
