using System.Buffers;
using ActorRuntime.Cluster.Sharding.Serialization;
using ActorRuntime.Persistence;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;

namespace ActorRuntime.Cluster.Sharding.Replicas.Records;

/// <summary>What the payload of a block is made of, one after the other: what the units of the shard wrote, in order.</summary>
/// <remarks>Each record begins with its kind in one byte and its length in four. A kind never changes its form.</remarks>
internal abstract record ShardRecord(string PersistenceId)
{
    private const byte EventKind = 1, EventsDeletedKind = 2, SnapshotKind = 3, SnapshotsDeletedKind = 4;

    /// <summary>An event; the term is that of its block.</summary>
    public sealed record Event(JournalEvent Stored) : ShardRecord(Stored.PersistenceId);

    /// <summary>Events up to a sequence number are deleted.</summary>
    public sealed record EventsDeleted(string PersistenceId, long To) : ShardRecord(PersistenceId);

    /// <summary>A snapshot.</summary>
    public sealed record Snapshot(StoredSnapshot Stored) : ShardRecord(Stored.Metadata.PersistenceId);

    /// <summary>Snapshots within the criteria are deleted.</summary>
    public sealed record SnapshotsDeleted(string PersistenceId, SnapshotSelectionCriteria Criteria) : ShardRecord(PersistenceId);

    public static void Write(JournalEvent stored, ArrayBufferWriter<byte> to)
    {
        Write(EventKind, stored, to, static (stored, writer) =>
        {
            writer.WriteText(stored.PersistenceId);
            writer.WriteLong(stored.SequenceNr);
            writer.WriteText(stored.Manifest);
            writer.WriteInt(stored.SerializerId);
            writer.WriteLong(stored.Timestamp.UtcTicks);
            writer.WriteText(stored.AdapterManifest);
            writer.WriteInt(stored.Tags.Count);
            for (var i = 0; i < stored.Tags.Count; i++) writer.WriteText(stored.Tags[i]);
            writer.WriteBytes(stored.Payload.Span);
        });
    }

    public static void Write(EventsDeleted deleted, ArrayBufferWriter<byte> to) => Write(EventsDeletedKind, deleted, to, static (deleted, writer) =>
    {
        writer.WriteText(deleted.PersistenceId);
        writer.WriteLong(deleted.To);
    });

    public static void Write(StoredSnapshot stored, ArrayBufferWriter<byte> to) => Write(SnapshotKind, stored, to, static (stored, writer) =>
    {
        writer.WriteText(stored.Metadata.PersistenceId);
        writer.WriteLong(stored.Metadata.SequenceNr);
        writer.WriteLong(stored.Metadata.Timestamp.Ticks);
        writer.WriteText(stored.Manifest);
        writer.WriteInt(stored.SerializerId);
        writer.WriteBytes(stored.Payload.Span);
    });

    public static void Write(SnapshotsDeleted deleted, ArrayBufferWriter<byte> to) => Write(SnapshotsDeletedKind, deleted, to, static (deleted, writer) =>
    {
        writer.WriteText(deleted.PersistenceId);
        writer.WriteLong(deleted.Criteria.MaxSequenceNr);
        writer.WriteLong(deleted.Criteria.MaxTimeStamp.Ticks);
        writer.WriteLong(deleted.Criteria.MinSequenceNr);
        writer.WriteLong((deleted.Criteria.MinTimestamp ?? DateTime.MinValue).Ticks);
    });

    /// <summary>The record at an offset of a payload.</summary>
    /// <param name="fence">Of the shard, in the term of the block.</param>
    /// <param name="offset">Moves on to the next.</param>
    /// <exception cref="FormatException">Not written by <c>Write</c>, or by a newer version.</exception>
    public static ShardRecord Read(ReadOnlyMemory<byte> payload, WriterFence fence, ref int offset)
    {
        var head = new ByteReader(payload.Span[offset..]);
        var (kind, length) = (head.ReadByte(), head.ReadInt());
        if (length < 0 || length > payload.Length - offset - HeadLength) throw new FormatException($"a record of {length} bytes at {offset} of {payload.Length}");
        var body = payload.Slice(offset + HeadLength, length);
        offset += HeadLength + length;
        var reader = new ByteReader(body.Span);
        return kind switch
        {
            EventKind => ReadEvent(body, ref reader, fence),
            EventsDeletedKind => new EventsDeleted(reader.ReadText(), reader.ReadLong()),
            SnapshotKind => ReadSnapshot(body, ref reader),
            SnapshotsDeletedKind => ReadSnapshotsDeleted(ref reader),
            _ => throw new FormatException($"a record of kind {kind}; this program knows kinds up to {SnapshotsDeletedKind}"),
        };
    }

    private const int HeadLength = 5;

    private static void Write<T>(byte kind, T value, ArrayBufferWriter<byte> to, Action<T, IBufferWriter<byte>> body)
    {
        var start = to.WrittenCount;
        to.GetSpan(HeadLength)[0] = kind;
        to.Advance(HeadLength);
        body(value, to);
        var length = to.WrittenCount - start - HeadLength;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(to.WrittenMemory).Span[(start + 1)..], length);
    }

    private static Event ReadEvent(ReadOnlyMemory<byte> body, ref ByteReader reader, WriterFence fence)
    {
        var (id, number, manifest, serializer) = (reader.ReadText(), reader.ReadLong(), reader.ReadText(), reader.ReadInt());
        var (at, adapter, tags) = (new DateTimeOffset(reader.ReadLong(), TimeSpan.Zero), reader.ReadText(), new string[reader.ReadCount(4)]);
        for (var i = 0; i < tags.Length; i++) tags[i] = reader.ReadText();
        return new Event(new JournalEvent(id, number, manifest, serializer, Last(body, ref reader), at, fence) { Tags = tags, AdapterManifest = adapter });
    }

    private static Snapshot ReadSnapshot(ReadOnlyMemory<byte> body, ref ByteReader reader)
    {
        var metadata = new SnapshotMetadata(reader.ReadText(), reader.ReadLong(), new DateTime(reader.ReadLong(), DateTimeKind.Utc));
        var (manifest, serializer) = (reader.ReadText(), reader.ReadInt());
        return new Snapshot(new StoredSnapshot(metadata, manifest, serializer, Last(body, ref reader)));
    }

    private static SnapshotsDeleted ReadSnapshotsDeleted(ref ByteReader reader) => new(reader.ReadText(), new SnapshotSelectionCriteria(
        reader.ReadLong(), new DateTime(reader.ReadLong()), reader.ReadLong(), new DateTime(reader.ReadLong())));

    private static ReadOnlyMemory<byte> Last(ReadOnlyMemory<byte> body, ref ByteReader reader)
    {
        var length = reader.ReadBytes().Length;
        reader.End();
        return body[^length..];
    }
}
