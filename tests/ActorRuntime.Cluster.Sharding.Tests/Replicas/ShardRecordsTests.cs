using System.Buffers;
using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Replicas.Records;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Tests.Replicas;

/// <summary>
/// Goal: what is read of a unit is the same whether its blocks are in the log, in the store behind it, or partly in each.
/// Method: the same writes taken in by a log that is never trimmed, and by others trimmed or begun at every height, with what blocks say to the store.
/// </summary>
public sealed class ShardRecordsTests
{
    private const string Scope = "t/0";
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
    private readonly List<Block> _blocks = [];

    [Fact, Trait("Requirement", "SR-4")]
    public void Log_and_store_together_have_what_the_whole_log_has()
    {
        Append(Event("a", 1), Event("a", 2), Event("b", 1));
        Append(Snapshot("a", 2), Event("a", 3), Snapshot("b", 1), Event("d", 1));
        Append(Deleted("a", 2), Event("b", 2), Event("a", 4), Deleted("b", 1));
        Append(Event("a", 5), SnapshotsDeleted("a", 2), SnapshotsDeleted("b", 1), Deleted("d", 100), Event("d", 2));
        Append(Snapshot("a", 5), Event("c", 1), Deleted("a", 4));
        var whole = Records(start: 0, trimmedTo: 0);

        for (var height = 0; height <= _blocks.Count; height++)
        {
            // The store has got just as far as the log was trimmed, or all.
            foreach (var stored in (int[])[height, _blocks.Count])
            {
                if (height > 0) AssertSame(whole, Records(start: 0, height), stored, height);
                AssertSame(whole, Records(start: height, height), stored, height);
            }
        }
    }

    [Fact]
    public void Deletion_reaches_no_event_that_was_written_after_it()
    {
        Append(Deleted("a", 100), Event("a", 8), Deleted("b", 100));
        Append(Event("a", 9), Deleted("c", 3), Deleted("c", 2), Deleted("b", 7));
        Append(Deleted("a", 8));

        var records = BlockRecords.Of(Scope, [.. _blocks]);

        Assert.Equal([new("a", 8), new("b", 100), new("c", 3)], records.ForJournal.Deletions);
        Assert.Equal([8L, 9L], records.ForJournal.Events.Select(stored => stored.SequenceNr));
        Assert.Equal([new("a", 7)], BlockRecords.Of(Scope, [_blocks[0], _blocks[1]]).ForJournal.Deletions.Take(1));
    }

    private void AssertSame(ShardRecords whole, ShardRecords part, int stored, int height)
    {
        var (journal, snapshots) = Store(stored);
        foreach (var id in (string[])["a", "b", "c", "d", "nobody"])
        {
            var expected = whole.Read(id, 1, long.MaxValue, int.MaxValue).Events.Select(read => read.SequenceNr);
            var page = part.Read(id, 1, long.MaxValue, int.MaxValue);
            var older = journal.GetValueOrDefault(id, []).Where(number => number > page.Deleted && number < page.First);
            Assert.True(expected.SequenceEqual(older.Concat(page.Events.Select(read => read.SequenceNr).Where(number => number > page.Deleted))), $"{id}, trimmed to {height}, stored to {stored}");

            var highest = part.Highest(id) ?? journal.GetValueOrDefault(id, []).DefaultIfEmpty(0).Max();
            Assert.Equal(whole.Highest(id), highest);

            var snapshot = part.Load(id, SnapshotSelectionCriteria.Latest);
            var kept = snapshots.Where(kept => kept.PersistenceId == id && snapshot.IsElsewhere && !snapshot.Deletions.Any(deletion => deletion.Includes(kept)));
            Assert.Equal(
                whole.Load(id, SnapshotSelectionCriteria.Latest).Stored?.Metadata.SequenceNr,
                snapshot.Stored?.Metadata.SequenceNr ?? kept.Select(kept => (long?)kept.SequenceNr).Max());
        }
    }

    /// <summary>What a store has that has got the blocks up to a height, one by one.</summary>
    private (SortedDictionary<string, List<long>> Events, List<SnapshotMetadata> Snapshots) Store(int height)
    {
        var (events, snapshots) = (new SortedDictionary<string, List<long>>(StringComparer.Ordinal), new List<SnapshotMetadata>());
        foreach (var block in _blocks.Take(height))
        {
            var records = BlockRecords.Of(Scope, [block]);
            foreach (var added in records.ForJournal.Events)
            {
                if (!events.TryGetValue(added.PersistenceId, out var numbers)) events.Add(added.PersistenceId, numbers = []);
                numbers.Add(added.SequenceNr);
            }
            foreach (var deletion in records.ForJournal.Deletions) events[deletion.PersistenceId].RemoveAll(number => number <= deletion.ToSequenceNr);
            foreach (var record in records.Snapshots)
            {
                if (record is ShardRecord.Snapshot(var saved)) snapshots.Add(saved.Metadata);
                if (record is ShardRecord.SnapshotsDeleted(var id, var criteria)) snapshots.RemoveAll(kept => kept.PersistenceId == id && criteria.Includes(kept));
            }
        }
        return (events, snapshots);
    }

    private ShardRecords Records(int start, int trimmedTo)
    {
        var records = new ShardRecords(Scope, start, height => height > trimmedTo ? _blocks[(int)height - 1] : throw new InvalidOperationException($"block {height} is gone"));
        foreach (var block in _blocks.Skip(start)) records.Apply(block);
        if (trimmedTo > start) records.TrimTo(trimmedTo);
        return records;
    }

    private void Append(params ReadOnlySpan<Action<ArrayBufferWriter<byte>>> records)
    {
        var payload = new ArrayBufferWriter<byte>();
        foreach (var write in records) write(payload);
        _blocks.Add(Block.Create(_blocks.Count + 1, 1, _blocks is [.., var last] ? last.Digest : default, payload.WrittenSpan));
    }

    private static Action<ArrayBufferWriter<byte>> Event(string id, long number) =>
        to => ShardRecord.Write(new JournalEvent(id, number, "m", 1, new byte[] { 1, 2 }, Time, new WriterFence(Scope, 1)), to);

    private static Action<ArrayBufferWriter<byte>> Deleted(string id, long upTo) => to => ShardRecord.Write(new ShardRecord.EventsDeleted(id, upTo), to);

    private static Action<ArrayBufferWriter<byte>> Snapshot(string id, long number) =>
        to => ShardRecord.Write(new StoredSnapshot(new SnapshotMetadata(id, number, Time.UtcDateTime), "m", 1, new byte[] { 3 }), to);

    private static Action<ArrayBufferWriter<byte>> SnapshotsDeleted(string id, long upTo) =>
        to => ShardRecord.Write(new ShardRecord.SnapshotsDeleted(id, new SnapshotSelectionCriteria(upTo, DateTime.MaxValue)), to);
}
