using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>What a unit gets of a log that begins where the persistent store is.</summary>
public sealed class ReplicatedShardLogTests : IDisposable
{
    private const string Scope = "t/0";
    private readonly LoneNode _node = new();
    private readonly InMemorySnapshotStore _snapshots = new();

    public void Dispose()
    {
        _node.Dispose();
        _snapshots.DisposeAsync().AsTask().Wait();
    }

    /// <summary>Snapshots go to the store before the events they rest on: these may be lost in between.</summary>
    [Fact, Trait("Requirement", "SR-4")]
    public async Task A_snapshot_of_events_that_are_lost_is_not_loaded_and_gone_before_their_numbers_are_used_again()
    {
        var log = await RecoveredAsync(highest: 2, snapshotsAt: [1, 4]);

        var following = Answer(log.LoadAsync("a", SnapshotSelectionCriteria.Latest, default));
        Assert.Equal((1, 4), (following!.Metadata.SequenceNr, (await Newest())!.Metadata.SequenceNr)); // Who follows deletes nothing.

        log.Lead(6);
        Assert.Equal(1, Answer(log.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
        Assert.Equal(1, (await Newest())!.Metadata.SequenceNr);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task A_snapshot_of_the_last_event_is_loaded()
    {
        var log = await RecoveredAsync(highest: 2, snapshotsAt: [2]);
        log.Lead(6);

        Assert.Equal(2, Answer(log.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
    }

    private Task<StoredSnapshot?> Newest() => _snapshots.LoadAsync("a", SnapshotSelectionCriteria.Latest, default);

    private async Task<ReplicatedShardLog> RecoveredAsync(long highest, long[] snapshotsAt)
    {
        var earlier = new WriterFence(Scope, 5);
        await _node.Journal.RaiseFenceAsync(earlier, default);
        await _snapshots.RaiseFenceAsync(earlier, default);
        JournalEvent[] events = [.. Enumerable.Range(1, (int)highest).Select(number =>
            new JournalEvent("a", number, "m", 1, new byte[] { 1 }, DateTimeOffset.UnixEpoch, earlier))];
        await _node.Journal.AppendCommittedAsync(earlier, 0, new CommittedBlocks(9, events, []));
        foreach (var at in snapshotsAt)
            await _snapshots.SaveAsync(earlier, new StoredSnapshot(new SnapshotMetadata("a", at, DateTime.UnixEpoch), "m", 1, new byte[] { 1 }));
        await _snapshots.RaiseFenceAsync(new WriterFence(Scope, 6), default);
        var records = new ShardRecords(Scope, 9, static _ => throw new InvalidOperationException("nothing is in the log"));
        var replica = _node.System.ActorOf(Props.CreateBy(() => new Replica(records)));
        return new ReplicatedShardLog(replica, Scope, _node.Journal, _snapshots);
    }

    private T Answer<T>(Task<T> task)
    {
        Assert.True(_node.Environment.RunUntil(() => task.IsCompleted, TimeSpan.FromSeconds(1)));
#pragma warning disable xUnit1031 // It is completed.
        return task.Result;
#pragma warning restore xUnit1031
    }

    private sealed class Replica : ReceiveActor
    {
        public Replica(ShardRecords records) => Receive<ReadCall>(call => call.Answer(records));
    }
}
