using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas.Records;

/// <summary>Where in a shard's log the events and snapshots of each unit stand. Holds committed blocks only (SAFETY 1C-26); what was trimmed
/// away is in the persistent store.</summary>
/// <param name="scope">Of the shard's fence.</param>
/// <param name="start">Height above which the log begins.</param>
/// <param name="read">A block of the log.</param>
internal sealed class ShardRecords(string scope, long start, Func<long, Block> read)
{
    private readonly Dictionary<string, Unit> _units = new(StringComparer.Ordinal); // Trimming looks at all, in whatever order.
    private readonly bool _isComplete = start == 0;
    private Block? _last;

    /// <summary>Height up to which blocks were taken in.</summary>
    public long Height { get; private set; } = start;

    /// <summary>Height up to which records are in the persistent store only.</summary>
    public long Start { get; private set; } = start;

    /// <summary>Events that can be read here.</summary>
    public long Events { get; private set; }

    /// <summary>Takes in the block above <see cref="Height"/>.</summary>
    /// <returns>Its events.</returns>
    /// <exception cref="FormatException">It holds something else than records.</exception>
    public IReadOnlyList<JournalEvent> Apply(Block block)
    {
        List<JournalEvent>? events = null;
        Invariant.Holds(block.Height == Height + 1);
        var fence = new WriterFence(scope, block.Term);
        for (var offset = 0; offset < block.Payload.Length;)
        {
            var place = new Place(block.Height, offset);
            switch (ShardRecord.Read(block.Payload, fence, ref offset))
            {
                case ShardRecord.Event(var stored):
                    UnitOf(stored.PersistenceId).Add(stored.SequenceNr, place);
                    (events ??= []).Add(stored);
                    Events++;
                    break;
                case ShardRecord.EventsDeleted(var id, var to):
                    Events -= UnitOf(id).Delete(to);
                    break;
                case ShardRecord.Snapshot(var stored):
                    UnitOf(stored.Metadata.PersistenceId).Snapshots[stored.Metadata.SequenceNr] = (stored.Metadata, place);
                    break;
                case ShardRecord.SnapshotsDeleted(var id, var criteria):
                    UnitOf(id).DeleteSnapshots(criteria, block.Height);
                    break;
            }
        }
        Height = block.Height;
        return events ?? [];
    }

    /// <summary>Ids that have events or snapshots.</summary>
    public IReadOnlyList<string> PersistenceIds(int max) => [.. _units.Keys.Order(StringComparer.Ordinal).Take(max)];

    /// <summary>The log has given up its blocks up to a height.</summary>
    public void TrimTo(long height)
    {
        Start = height;
        foreach (var unit in _units.Values) Events -= unit.TrimTo(height);
    }

    /// <summary>The highest sequence number ever stored; 0 when there is none, null when only the persistent store can tell.</summary>
    public long? Highest(string persistenceId) => _units.TryGetValue(persistenceId, out var unit) ? unit.Highest : _isComplete ? 0 : null;

    /// <summary>Events from a sequence number on, as many as fit.</summary>
    /// <param name="bytesMax">Bytes of payloads; one larger event comes alone.</param>
    public EventPage Read(string persistenceId, long from, long to, int bytesMax)
    {
        var found = new List<JournalEvent>();
        if (!_units.TryGetValue(persistenceId, out var unit)) return new EventPage(found, _isComplete ? 1 : long.MaxValue, 0);
        var bytes = 0;
        for (var number = Math.Max(from, unit.First); number <= Math.Min(to, unit.Highest ?? 0); number++)
        {
            var stored = ((ShardRecord.Event)At(unit.Events[(int)(number - unit.First)])).Stored;
            if (bytes > 0 && bytes + stored.Payload.Length > bytesMax) break;
            bytes += stored.Payload.Length;
            found.Add(stored);
        }
        return new EventPage(found, unit.First, unit.Deleted);
    }

    /// <summary>The newest snapshot within the criteria.</summary>
    public SnapshotPage Load(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        if (!_units.TryGetValue(persistenceId, out var unit)) return new SnapshotPage(null, Start > 0, []);
        for (var i = unit.Snapshots.Count - 1; i >= 0; i--)
            if (criteria.Includes(unit.Snapshots.GetValueAtIndex(i).Metadata))
                return new SnapshotPage(((ShardRecord.Snapshot)At(unit.Snapshots.GetValueAtIndex(i).Place)).Stored, false, []);
        return new SnapshotPage(null, Start > 0, [.. unit.SnapshotDeletions.Select(static deletion => deletion.Criteria)]);
    }

    private ShardRecord At(Place place)
    {
        var block = _last?.Height == place.Height ? _last : _last = read(place.Height);
        var offset = place.Offset;
        return ShardRecord.Read(block.Payload, new WriterFence(scope, block.Term), ref offset);
    }

    private Unit UnitOf(string persistenceId)
    {
        if (!_units.TryGetValue(persistenceId, out var unit)) _units.Add(persistenceId, unit = new Unit { Highest = _isComplete ? 0 : null });
        return unit;
    }

    private readonly record struct Place(long Height, int Offset);

    private sealed class Unit
    {
        /// <summary>Null while no event of it was seen and only the persistent store can tell.</summary>
        public long? Highest { get; set; }

        /// <summary>Events up to here are gone, wherever they are.</summary>
        public long Deleted { get; private set; }

        /// <summary>Consecutive, up to <see cref="Highest"/>.</summary>
        public List<Place> Events { get; } = [];

        /// <summary>Sequence number of the first of <see cref="Events"/>.</summary>
        public long First => Highest is { } highest ? highest - Events.Count + 1 : long.MaxValue;

        public SortedList<long, (SnapshotMetadata Metadata, Place Place)> Snapshots { get; } = [];

        /// <summary>The persistent store may not know of them yet.</summary>
        public List<(long Height, SnapshotSelectionCriteria Criteria)> SnapshotDeletions { get; } = [];

        public void Add(long number, Place place)
        {
            Invariant.Holds(Highest is null || number == Highest + 1);
            if (Highest is null) Deleted = Math.Min(Deleted, number - 1);
            Highest = number;
            Events.Add(place);
        }

        public int Delete(long to)
        {
            Deleted = Math.Max(Deleted, Math.Min(to, Highest ?? long.MaxValue));
            return Highest is null ? 0 : Remove((int)Math.Max(0, Deleted - First + 1));
        }

        public void DeleteSnapshots(SnapshotSelectionCriteria criteria, long height)
        {
            foreach (var number in Snapshots.Where(kept => criteria.Includes(kept.Value.Metadata)).Select(kept => kept.Key).ToArray()) Snapshots.Remove(number);
            SnapshotDeletions.Add((height, criteria));
        }

        public int TrimTo(long height)
        {
            foreach (var number in Snapshots.Where(kept => kept.Value.Place.Height <= height).Select(kept => kept.Key).ToArray()) Snapshots.Remove(number);
            SnapshotDeletions.RemoveAll(deletion => deletion.Height <= height);
            var count = 0;
            while (count < Events.Count && Events[count].Height <= height) count++;
            return Remove(count);
        }

        private int Remove(int count)
        {
            if (count > 0) Events.RemoveRange(0, count);
            return count;
        }
    }
}

/// <summary>Events of a unit in a shard's log.</summary>
/// <param name="Events">Consecutive.</param>
/// <param name="First">Those below this sequence number are in the persistent store only, as far as they are not deleted.</param>
/// <param name="Deleted">Sequence number up to which they are deleted.</param>
internal sealed record EventPage(IReadOnlyList<JournalEvent> Events, long First, long Deleted);

/// <summary>A snapshot of a unit in a shard's log.</summary>
/// <param name="Stored">Null when the log has none.</param>
/// <param name="IsElsewhere">The persistent store may have one.</param>
/// <param name="Deletions">Those within these are deleted, whether the store knows or not.</param>
internal sealed record SnapshotPage(StoredSnapshot? Stored, bool IsElsewhere, IReadOnlyList<SnapshotSelectionCriteria> Deletions);
