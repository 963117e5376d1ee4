using ActorRuntime.Event;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>A message of the replica on another node.</summary>
/// <param name="Node">Name of that node.</param>
internal sealed record FromReplica(string Node, ReplicaMessage Message) : IDeadLetterSuppression;

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

/// <summary>To be written or read, by one shard's log. Completed by the replica.</summary>
internal abstract class LogCall(long term)
{
    /// <summary>Term of the caller: another one's log is not for it.</summary>
    public long Term { get; } = term;

    public abstract void Fail(Exception cause);
}

/// <summary>Records that are committed together.</summary>
internal sealed class WriteCall(long term, IReadOnlyList<JournalEvent>? events, ShardRecord? record) : LogCall(term)
{
    private readonly TaskCompletionSource _done = new();

    public Task Done => _done.Task;

    /// <summary>After this the caller is told that it was not, or may not have been written.</summary>
    public MonotonicTime Deadline { get; set; }

    public void WriteTo(System.Buffers.ArrayBufferWriter<byte> payload)
    {
        for (var i = 0; i < events?.Count; i++) ShardRecord.Write(events[i], payload);
        switch (record)
        {
            case ShardRecord.EventsDeleted deleted: ShardRecord.Write(deleted, payload); break;
            case ShardRecord.Snapshot snapshot: ShardRecord.Write(snapshot.Stored, payload); break;
            case ShardRecord.SnapshotsDeleted deleted: ShardRecord.Write(deleted, payload); break;
        }
    }

    public void Succeed() => _done.TrySetResult();

    public override void Fail(Exception cause) => _done.TrySetException(cause);
}

/// <summary>A question about what is committed, and what was written before it was asked.</summary>
internal sealed class ReadCall<T>(long term, Func<ShardRecords, T> read) : ReadCall(term)
{
    private readonly TaskCompletionSource<T> _answer = new();

    public Task<T> Answered => _answer.Task;

    public override void Answer(ShardRecords records)
    {
        try
        {
            _answer.TrySetResult(read(records));
        }
        catch (Exception damaged) when (damaged is IOException or FormatException)
        {
            _answer.TrySetException(new JournalException(damaged.Message, damaged));
        }
    }

    public override void Fail(Exception cause) => _answer.TrySetException(cause);
}

/// <inheritdoc cref="ReadCall{T}"/>
internal abstract class ReadCall(long term) : LogCall(term)
{
    /// <summary>Writes that were handed in before it.</summary>
    public long After { get; set; }

    public abstract void Answer(ShardRecords records);
}
