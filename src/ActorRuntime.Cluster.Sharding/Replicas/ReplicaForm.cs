using System.Buffers;
using System.Collections.Immutable;
using ActorRuntime.Cluster.Sharding.Serialization;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Cluster.Sharding.Replicas;

/// <summary>Messages between replicas as bytes. A manifest never changes its form.</summary>
internal static class ReplicaForm
{
    private const string Append = "replica-append:2", Begins = "replica-begins:2", Held = "replica-held:2", Refused = "replica-refused:2";

    public static string Manifest(FromReplica from) => from.Message switch
    {
        AppendBlocks => Append,
        LogBegins => Begins,
        BlocksHeld => Held,
        TermRefused => Refused,
        _ => throw new ArgumentException($"{from.Message.GetType()} has no form here", nameof(from)),
    };

    public static bool Knows(string manifest) => manifest is Append or Begins or Held or Refused;

    public static void Write(FromReplica from, IBufferWriter<byte> writer)
    {
        writer.WriteText(from.Node);
        writer.WriteLong(from.Origin);
        writer.WriteLong(from.Message.Term);
        switch (from.Message)
        {
            case AppendBlocks append:
                Write(append.Place, writer);
                writer.WriteInt(append.Blocks.Length);
                foreach (var block in append.Blocks) writer.WriteBytes(block.Bytes.Span);
                Write(append.Committed, writer);
                writer.WriteLong(append.Behind);
                break;
            case LogBegins begins:
                Write(begins.Start, writer);
                break;
            case BlocksHeld held:
                writer.WriteLong((long)held.StoreId);
                Write(held.Holds, writer);
                writer.WriteLong(held.Committed);
                break;
        }
    }

    /// <summary>The bytes may be reused afterwards.</summary>
    /// <exception cref="FormatException">The bytes do not fit the manifest.</exception>
    public static FromReplica Read(ReadOnlyMemory<byte> bytes, string manifest)
    {
        var reader = new ByteReader(bytes.Span);
        var (node, origin, term) = (reader.ReadText(), reader.ReadLong(), reader.ReadLong());
        ReplicaMessage message = manifest switch
        {
            Append => new AppendBlocks(term, ReadPlace(ref reader), ReadBlocks(ref reader), ReadPlace(ref reader), reader.ReadLong()),
            Begins => new LogBegins(term, ReadPlace(ref reader)),
            Held => new BlocksHeld(term, (ulong)reader.ReadLong(), ReadPlace(ref reader), reader.ReadLong()),
            Refused => new TermRefused(term),
            _ => throw new FormatException($"unknown manifest {manifest}"),
        };
        reader.End();
        return new FromReplica(node, origin, message);
    }

    private static ImmutableArray<Block> ReadBlocks(ref ByteReader reader)
    {
        var blocks = ImmutableArray.CreateBuilder<Block>(reader.ReadCount(Block.HeaderLength));
        for (var i = blocks.Capacity; i > 0; i--) blocks.Add(Block.Read(reader.ReadBytes().ToArray()));
        return blocks.MoveToImmutable();
    }

    private static void Write(BlockPlace place, IBufferWriter<byte> writer)
    {
        writer.WriteLong(place.Height);
        place.Digest.Write(writer.GetSpan(BlockDigest.Length));
        writer.Advance(BlockDigest.Length);
    }

    private static BlockPlace ReadPlace(ref ByteReader reader) => new(reader.ReadLong(), new BlockDigest(reader.Read(BlockDigest.Length)));
}
