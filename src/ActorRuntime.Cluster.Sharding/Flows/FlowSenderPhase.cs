namespace ActorRuntime.Cluster.Sharding.Flows;

/// <summary>Where a sender stands.</summary>
public enum FlowSenderPhase
{
    /// <summary>Standing by, or fenced: it says nothing.</summary>
    Idle,

    /// <summary>Waits for the receiver to open the flow for it.</summary>
    Opening,

    /// <summary>Sends items.</summary>
    Streaming,

    /// <summary>Everything is acknowledged; the receiver shall note the end.</summary>
    Ending,

    /// <summary>The flow has ended.</summary>
    Completed,
}
