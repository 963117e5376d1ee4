using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Util;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Where in a shard's log the events and snapshots of each unit stand. Holds committed blocks only (SAFETY 1C-26).</summary>
/// <param name="scope">Of the shard's fence.</param>
/// <param name="read">A block of the log.</param>
internal sealed class ShardRecords(string scope, Func<long, Block> read)
{
    private readonly Dictionary<string, Unit> _units = new(StringComparer.Ordinal); // Looked up only.
    private Block? _last;

    /// <summary>Height up to which blocks were taken in.</summary>
    public long Height { get; private set; }

    /// <summary>Events that can be read.</summary>
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
                    var unit = UnitOf(stored.PersistenceId);
                    Invariant.Holds(stored.SequenceNr == unit.Highest + 1);
                    unit.Highest = stored.SequenceNr;
                    unit.Events.Add(place);
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
                    var snapshots = UnitOf(id).Snapshots;
                    foreach (var number in snapshots.Where(kept => criteria.Includes(kept.Value.Metadata)).Select(kept => kept.Key).ToArray()) snapshots.Remove(number);
                    break;
            }
        }
        Height = block.Height;
        return events ?? [];
    }

    /// <summary>Ids that have events or snapshots.</summary>
    public IReadOnlyList<string> PersistenceIds(int max) => [.. _units.Keys.Order(StringComparer.Ordinal).Take(max)];

    /// <summary>The highest sequence number ever stored; 0 when there is none.</summary>
    public long Highest(string persistenceId) => _units.GetValueOrDefault(persistenceId)?.Highest ?? 0;

    /// <summary>Events from a sequence number on, as many as fit.</summary>
    /// <param name="bytesMax">Bytes of payloads; one larger event comes alone.</param>
    public List<JournalEvent> Read(string persistenceId, long from, long to, int bytesMax)
    {
        var found = new List<JournalEvent>();
        if (!_units.TryGetValue(persistenceId, out var unit)) return found;
        var bytes = 0;
        for (var number = Math.Max(from, unit.Deleted + 1); number <= Math.Min(to, unit.Highest); number++)
        {
            var stored = ((ShardRecord.Event)At(unit.Events[(int)(number - unit.Deleted - 1)])).Stored;
            if (bytes > 0 && bytes + stored.Payload.Length > bytesMax) break;
            bytes += stored.Payload.Length;
            found.Add(stored);
        }
        return found;
    }

    /// <summary>The newest snapshot within the criteria; null when there is none.</summary>
    public StoredSnapshot? Load(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        if (!_units.TryGetValue(persistenceId, out var unit)) return null;
        for (var i = unit.Snapshots.Count - 1; i >= 0; i--)
            if (criteria.Includes(unit.Snapshots.GetValueAtIndex(i).Metadata))
                return ((ShardRecord.Snapshot)At(unit.Snapshots.GetValueAtIndex(i).Place)).Stored;
        return null;
    }

    private ShardRecord At(Place place)
    {
        var block = _last?.Height == place.Height ? _last : _last = read(place.Height);
        var offset = place.Offset;
        return ShardRecord.Read(block.Payload, new WriterFence(scope, block.Term), ref offset);
    }

    private Unit UnitOf(string persistenceId)
    {
        if (!_units.TryGetValue(persistenceId, out var unit)) _units.Add(persistenceId, unit = new Unit());
        return unit;
    }

    private readonly record struct Place(long Height, int Offset);

    private sealed class Unit
    {
        public long Highest { get; set; }

        /// <summary>Events up to here are gone.</summary>
        public long Deleted { get; private set; }

        /// <summary>The first is that of sequence number <see cref="Deleted"/> + 1.</summary>
        public List<Place> Events { get; } = [];

        public SortedList<long, (SnapshotMetadata Metadata, Place Place)> Snapshots { get; } = [];

        public int Delete(long to)
        {
            var count = (int)(Math.Min(to, Highest) - Deleted);
            if (count <= 0) return 0;
            Events.RemoveRange(0, count);
            Deleted += count;
            return count;
        }
    }
}
