namespace ActorRuntime.Cluster.Sharding.Shards;

/// <summary>Where a node stands with a shard it was made the leader of.</summary>
public enum ShardPhase
{
    /// <summary>The fence is being raised in the journal: from then on no earlier leader can commit.</summary>
    Fencing,

    /// <summary>Units recover; nothing is served before the gates of the earlier leaders are clear and the lease holds.</summary>
    Gated,

    /// <summary>Messages are handled.</summary>
    Serving,

    /// <summary>The lease ran out: messages wait, nothing is forgotten.</summary>
    Held,

    /// <summary>The journal knows a higher term: nothing is served until the view says who leads.</summary>
    Superseded,
}
