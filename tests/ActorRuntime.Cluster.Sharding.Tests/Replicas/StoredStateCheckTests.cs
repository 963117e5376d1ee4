using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Tests.Nodes;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

[Trait("Requirement", "SR-2")]
public sealed class StoredStateCheckTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("check");
    private readonly ArrayBufferWriter<byte> _payload = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void What_this_program_has_written_it_can_read()
    {
        Write(Event(1, new Added(3)), Event(2, new Added(4)));
        ShardRecord.Write(new StoredSnapshot(new SnapshotMetadata("t/a", 2, DateTime.UnixEpoch), "test-sum:1", Serializer(new Sum(7)), Bytes(new Sum(7))), _payload);
        ShardRecord.Write(new ShardRecord.EventsDeleted("t/a", 1), _payload);

        var check = Check();

        Assert.Empty(check.Unreadable);
        Assert.Equal((2, 1), (check.Events, check.Snapshots));
    }

    [Fact]
    public void Each_kind_it_does_not_know_is_told_with_its_first_place()
    {
        Write(Event(1, new Added(3)), Event(2, new Added(4)) with { Manifest = "of-the-future:2" }, Event(3, new Added(5)) with { Manifest = "of-the-future:2" },
            Event(4, new Added(6)) with { SerializerId = 9_999 });

        var unreadable = Check().Unreadable;

        Assert.Equal(2, unreadable.Count);
        Assert.Contains(unreadable, line => line.StartsWith("t/a, event 2 (manifest 'of-the-future:2'", StringComparison.Ordinal) && line.EndsWith("(and 1 more)", StringComparison.Ordinal));
        Assert.Contains(unreadable, line => line.StartsWith("t/a, event 4 ", StringComparison.Ordinal) && line.Contains("9999", StringComparison.Ordinal));
    }

    [Fact]
    public void A_payload_that_does_not_fit_its_manifest_is_told()
    {
        Write(Event(1, new Added(3)) with { Payload = "{\"Amount\":\"three\"}"u8.ToArray() });

        Assert.Single(Check().Unreadable);
    }

    [Fact]
    public void A_record_of_a_newer_kind_is_told()
    {
        Write(Event(1, new Added(3)));
        _payload.Write((ReadOnlySpan<byte>)[200, 1, 0, 0, 0, 0]);

        Assert.StartsWith("t/0, block 1: a record of kind 200", Assert.Single(Check().Unreadable), StringComparison.Ordinal);
    }

    private StoredStateCheck Check()
    {
        var check = new StoredStateCheck(_system);
        check.Take("t/0", Block.Create(1, 1, default, _payload.WrittenSpan));
        return check;
    }

    private void Write(params JournalEvent[] events)
    {
        foreach (var stored in events) ShardRecord.Write(stored, _payload);
    }

    private JournalEvent Event(long number, object @event) =>
        new("t/a", number, "test-added:1", Serializer(@event), Bytes(@event), DateTimeOffset.UnixEpoch, default);

    private int Serializer(object value) => _system.Serialization.FindSerializerFor(value).Identifier;

    private byte[] Bytes(object value) => _system.Serialization.FindSerializerFor(value).ToBinary(value);
}
