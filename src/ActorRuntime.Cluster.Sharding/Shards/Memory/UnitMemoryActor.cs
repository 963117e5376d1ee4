using ActorRuntime.Actor;
using ActorRuntime.Event;
using ActorRuntime.Persistence;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Sharding.Shards.Memory;

/// <summary>The record of a shard's remembered units: events in the shard's own log, so under its term and behind its fence.</summary>
/// <remarks>Its parent is the shard's actor. It tells it <see cref="UnitsLoaded"/> when the shard may act, and answers each
/// <see cref="RecordUnits"/> with <see cref="UnitsRecorded"/>; when a write fails or its outcome is unknown it ends, and its next incarnation
/// reads what is there.</remarks>
internal sealed class UnitMemoryActor : ReceivePersistentActor
{
    /// <summary>Path element; units cannot have it, their names are escaped.</summary>
    public const string Name = "+memory";

    /// <summary>Entries beyond those of a record written anew, before it is written anew.</summary>
    private const int NeedlessMax = 10_000;

    private readonly SortedSet<string> _units = new(StringComparer.Ordinal);
    private int _entries;

    public UnitMemoryActor(string type, string shard)
    {
        PersistenceId = PersistenceIdOf(type, shard);
        Recover<UnitsRemembered>(Apply);
        Recover<RecoveryCompleted>(_ => Context.Parent.Tell(new UnitsLoaded([.. _units])));
        Command<RecordUnits>(OnRecord);
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(failed => Log.Warning("{PersistenceId}: old entries stay until the next time: {Reason}", PersistenceId, failed.Cause.Message));
    }

    public override string PersistenceId { get; }

    /// <summary>Persistence id of a shard's record.</summary>
    public static string PersistenceIdOf(string type, string shard) => $"remembered-units:{type}/{shard}";

    private void OnRecord(RecordUnits record)
    {
        Persist(new UnitsRemembered([.. record.Started], [.. record.Stopped], false), stored =>
        {
            Apply(stored);
            Context.Parent.Tell(UnitsRecorded.Instance);
            if (_entries > NeedlessMax + 2 * _units.Count) WriteAnew();
        });
    }

    /// <summary>All or none of it is stored; the old entries go only after that.</summary>
    private void WriteAnew()
    {
        var chunks = _units.Chunk(UnitMemory.BatchMax).DefaultIfEmpty([]).Select((chunk, i) => new UnitsRemembered(chunk, [], i == 0)).ToArray();
        var before = LastSequenceNr;
        var left = chunks.Length;
        PersistAll(chunks, stored =>
        {
            Apply(stored);
            if (--left == 0) DeleteMessages(before);
        });
    }

    private void Apply(UnitsRemembered change)
    {
        if (change.IsAnew)
        {
            _units.Clear();
            _entries = 0;
        }
        _units.UnionWith(change.Started);
        _units.ExceptWith(change.Stopped);
        _entries += change.Started.Length + change.Stopped.Length;
    }
}

/// <summary>An entry of the record.</summary>
/// <param name="IsAnew">It and the ones after it stand for all before.</param>
[WireType("remembered-units")]
internal sealed record UnitsRemembered(string[] Started, string[] Stopped, bool IsAnew);

/// <summary>Asks the record to take changes.</summary>
internal sealed record RecordUnits(IReadOnlyList<string> Started, IReadOnlyList<string> Stopped);

/// <summary>The changes asked for are durable.</summary>
internal sealed record UnitsRecorded
{
    private UnitsRecorded() { }

    public static UnitsRecorded Instance { get; } = new();
}

/// <summary>The record was read.</summary>
internal sealed record UnitsLoaded(IReadOnlyCollection<string> Units);
