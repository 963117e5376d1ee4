using ActorRuntime.Event;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>A message of the replica on another node.</summary>
/// <param name="Node">Name of that node.</param>
/// <param name="Origin">History of its log: see <see cref="View.LogOrigin.Version"/>. Logs of two histories have nothing to say to each other.</param>
internal sealed record FromReplica(string Node, long Origin, ReplicaMessage Message) : IDeadLetterSuppression;

/// <summary>The shard's actor, which leads in this term, wants to know when the log is open, and if it ends. Answered by
/// <see cref="LogOpened"/> or <see cref="LogLost"/>.</summary>
internal sealed record OpenLog(string Shard, long Term);

/// <summary>All that was ever committed is here, and no earlier leader can commit any more.</summary>
internal sealed record LogOpened(long Term);

/// <summary>Another leads.</summary>
internal sealed record LogLost(long Term, string Why);

/// <summary>The shard's actor, which follows, wants to be told what is committed. Answered by <see cref="RecordsFollowed"/>, then by
/// <see cref="RecordsCommitted"/> for each block.</summary>
internal sealed record FollowRecords(string Shard);

/// <summary>What is committed from now on will be told.</summary>
/// <param name="PersistenceIds">That have records, at most as many as a standby may have units.</param>
internal sealed record RecordsFollowed(IReadOnlyList<string> PersistenceIds);

/// <summary>Events of one block, in order.</summary>
internal sealed record RecordsCommitted(IReadOnlyList<JournalEvent> Events);

/// <summary>A replica wants a change of the shard's set.</summary>
internal sealed record ProposeReplica(string Shard, ReplicaEffect.Propose Effect);

/// <summary>The log of a shard is to be replaced by one that begins at a place; the replica ends.</summary>
internal sealed record BeginLogAnew(string Shard, ReplicaEffect.BeginAnew Effect);

/// <summary>The replica's log was begun anew, as the leader on that node had said.</summary>
internal sealed record LogBegun(string Leader);

/// <summary>What a replica proposed in a term is settled in the view of this version.</summary>
internal sealed record ProposalSettled(long Term, long Version);

/// <summary>Asks for the logs of a type on this node; answered by an array of <see cref="ReplicaState"/>.</summary>
internal sealed record GetReplicas
{
    private GetReplicas() { }

    public static GetReplicas Instance { get; } = new();
}

/// <summary>Asks a replica for its state.</summary>
internal sealed record GetReplicaState
{
    private GetReplicaState() { }

    public static GetReplicaState Instance { get; } = new();
}
