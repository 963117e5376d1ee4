namespace ActorRuntime.Cluster.Sharding;

/// <summary>Which units are stopped until their next message. Units that are remembered, and those that always run, never are.</summary>
public enum ShardingPassivation
{
    /// <summary>Those without a message for an idle time.</summary>
    Idle,

    /// <summary>Those used longest ago, as soon as a node has more active ones than a limit.</summary>
    LeastRecentlyUsed,

    /// <summary>None; a unit may still ask for it with <see cref="Passivate"/>.</summary>
    Off,
}
