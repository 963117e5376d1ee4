using System.Collections.Immutable;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;

namespace ActorRuntime.Cluster.Sharding.Replicas.Records;

/// <summary>What consecutive blocks do to the persistent store.</summary>
/// <param name="ForJournal">Events and deletions.</param>
/// <param name="Snapshots">Snapshots and their deletions, in order.</param>
internal sealed record BlockRecords(CommittedBlocks ForJournal, IReadOnlyList<ShardRecord> Snapshots)
{
    /// <summary>Takes blocks apart.</summary>
    /// <exception cref="FormatException">They hold something else than records.</exception>
    public static BlockRecords Of(string scope, ImmutableArray<Block> blocks)
    {
        var (events, snapshots) = (new List<JournalEvent>(), new List<ShardRecord>());
        var (highest, deleted) = (new Dictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<string, long>(StringComparer.Ordinal));
        foreach (var block in blocks)
        {
            var fence = new WriterFence(scope, block.Term);
            for (var offset = 0; offset < block.Payload.Length;)
            {
                switch (ShardRecord.Read(block.Payload, fence, ref offset))
                {
                    case ShardRecord.Event(var stored):
                        events.Add(stored);
                        highest[stored.PersistenceId] = stored.SequenceNr;
                        // It is younger than the deletion, and the journal deletes last.
                        if (deleted.TryGetValue(stored.PersistenceId, out var before) && before >= stored.SequenceNr) deleted[stored.PersistenceId] = stored.SequenceNr - 1;
                        break;
                    case ShardRecord.EventsDeleted(var id, var to):
                        if (highest.TryGetValue(id, out var newest)) to = Math.Min(to, newest);
                        deleted[id] = Math.Max(to, deleted.GetValueOrDefault(id));
                        break;
                    case var record:
                        snapshots.Add(record);
                        break;
                }
            }
        }
        EventsDeletion[] deletions = [.. deleted.Where(static pair => pair.Value > 0).Select(static pair => new EventsDeletion(pair.Key, pair.Value))];
        return new BlockRecords(new CommittedBlocks(blocks[^1].Height, events, deletions), snapshots);
    }
}
