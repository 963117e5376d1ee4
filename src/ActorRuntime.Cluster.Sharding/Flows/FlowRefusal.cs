namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>Why a receiver did not take a message of a sender.</summary>
public enum FlowRefusal
{
    /// <summary>The fence was not opened: send <see cref="FlowMessage.Open"/> first.</summary>
    OpenFirst,

    /// <summary>A higher fence was opened, or the view knows a higher term.</summary>
    Fenced,

    /// <summary>The view says that the sender is muted.</summary>
    Muted,

    /// <summary>The view says that another sender is active under this term.</summary>
    NotActive,

    /// <summary>Items before these are missing; the refusal says which sequence is expected. Ordinary under loss, not counted.</summary>
    Gap,

    /// <summary>The flow has ended.</summary>
    Completed,

    /// <summary>The message breaks a limit or a rule of the protocol: a fault of the sender's program, no retry mends it.</summary>
    Malformed,
}
