using System.Buffers;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

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

    public void WriteTo(ArrayBufferWriter<byte> payload)
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
