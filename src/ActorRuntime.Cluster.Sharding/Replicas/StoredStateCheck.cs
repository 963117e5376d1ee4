using ActorRuntime.Actor;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Cluster.Sharding.Serialization;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Whether this program can read the state that another one has stored: the records of shards' logs, and each event and snapshot with
/// the serializers it was written with.</summary>
/// <remarks>Reading is not applying: what a unit makes of an event it can read is its own affair.</remarks>
public sealed class StoredStateCheck
{
    private readonly ActorSystem _system;
    private readonly SortedDictionary<string, (string Text, long Count)> _unreadable = new(StringComparer.Ordinal);

    /// <summary>With the serializers and wire types of a system, and those of sharding.</summary>
    public StoredStateCheck(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        _system = system;
        system.Serialization.Register(ShardingSerializer.Name, extended => new ShardingSerializer(extended), ShardingSerializer.Types);
    }

    /// <summary>Events seen.</summary>
    public long Events { get; private set; }

    /// <summary>Snapshots seen.</summary>
    public long Snapshots { get; private set; }

    /// <summary>What cannot be read, a line for each kind with its first place; empty when all can.</summary>
    public IReadOnlyList<string> Unreadable =>
        [.. _unreadable.Values.Select(static kind => kind.Count == 1 ? kind.Text : $"{kind.Text} (and {kind.Count - 1:N0} more)")];

    /// <summary>Looks at a block of a shard's log.</summary>
    public void Take(string log, Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var fence = new WriterFence(log, block.Term);
        for (var offset = 0; offset < block.Payload.Length;)
        {
            ShardRecord record;
            try
            {
                record = ShardRecord.Read(block.Payload, fence, ref offset);
            }
            catch (FormatException e)
            {
                Refuse("record of " + log, $"{log}, block {block.Height}: {e.Message}");
                return;
            }
            if (record is ShardRecord.Event(var stored)) Take(stored);
            else if (record is ShardRecord.Snapshot(var snapshot)) Take(snapshot);
        }
    }

    /// <summary>Looks at an event.</summary>
    public void Take(JournalEvent stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Events++;
        Read("event", stored.PersistenceId, stored.SequenceNr, stored.Payload, stored.SerializerId, stored.Manifest);
    }

    /// <summary>Looks at a snapshot.</summary>
    public void Take(StoredSnapshot stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Snapshots++;
        Read("snapshot", stored.Metadata.PersistenceId, stored.Metadata.SequenceNr, stored.Payload, stored.SerializerId, stored.Manifest);
    }

    private void Read(string what, string persistenceId, long number, ReadOnlyMemory<byte> payload, int serializer, string manifest)
    {
        try
        {
            _system.Serialization.Deserialize(payload, serializer, manifest);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var kind = $"{what} {serializer} {manifest}";
            Refuse(kind, $"{persistenceId}, {what} {number} (manifest '{manifest}', serializer {serializer}): {e.Message}");
        }
    }

    private void Refuse(string kind, string text) =>
        _unreadable[kind] = _unreadable.TryGetValue(kind, out var known) ? known with { Count = known.Count + 1 } : (text, 1);
}
