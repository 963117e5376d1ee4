namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>What a sender asks of its shell.</summary>
public abstract record FlowSenderEffect
{
    private FlowSenderEffect() { }

    /// <summary>Send to the receiver unit, unless the mute switch has closed meanwhile. Loss is expected.</summary>
    public sealed record Send(FlowMessage Message) : FlowSenderEffect;

    /// <summary>Read from the source and call <see cref="FlowSender.OnRead"/> with the same id. At most one is under way per id; answers
    /// of earlier ids are dropped.</summary>
    /// <param name="Offset">Items at or above it, in order.</param>
    public sealed record Read(long Id, long Offset, int ItemsMax, int BytesMax) : FlowSenderEffect;

    /// <summary>Note how far the sender got: a record for people, it decides nothing.</summary>
    /// <param name="SourceOffset">Offset after the newest acknowledged item.</param>
    public sealed record Note(long Term, long Position, long SourceOffset) : FlowSenderEffect;

    /// <summary>The receiver refused something that no retry mends; the sender has stopped.</summary>
    public sealed record Fail(FlowMessage.Refused Refusal) : FlowSenderEffect;
}
