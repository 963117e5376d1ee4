using System.Buffers.Binary;

namespace ActorRuntime.Persistence.Blocks;

/// <summary>One link of a shard's log: what is committed together, and the digest of the link before it. Immutable.</summary>
/// <remarks>Serialized once: the same bytes are hashed, stored and sent (form 1: form, height, term, previous digest, payload; numbers
/// little-endian).</remarks>
public sealed class Block
{
    /// <summary>Bytes in front of the payload.</summary>
    public const int HeaderLength = 1 + 8 + 8 + BlockDigest.Length;

    private const byte Form = 1;

    private Block(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        Bytes = bytes;
        Height = BinaryPrimitives.ReadInt64LittleEndian(span[1..]);
        Term = BinaryPrimitives.ReadInt64LittleEndian(span[9..]);
        Previous = new BlockDigest(span[17..]);
        Digest = BlockDigest.Of(span);
    }

    /// <summary>Place in the log, from 1.</summary>
    public long Height { get; }

    /// <summary>Term of the leader that formed it.</summary>
    public long Term { get; }

    /// <summary>Digest of the block one below; <see cref="BlockDigest.Zero"/> at height 1.</summary>
    public BlockDigest Previous { get; }

    /// <summary>Over <see cref="Bytes"/>.</summary>
    public BlockDigest Digest { get; }

    /// <summary>All of it, as stored and sent.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What it carries; empty for one that only opens a term.</summary>
    public ReadOnlyMemory<byte> Payload => Bytes[HeaderLength..];

    /// <summary>Makes the block that follows another.</summary>
    /// <param name="payload">Copied.</param>
    public static Block Create(long height, long term, BlockDigest previous, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[HeaderLength + payload.Length];
        bytes[0] = Form;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), height);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), term);
        previous.Write(bytes.AsSpan(17));
        payload.CopyTo(bytes.AsSpan(HeaderLength));
        return new Block(bytes);
    }

    /// <summary>Reads one from its bytes, which are kept and must not change.</summary>
    /// <exception cref="FormatException">They are no block, or one of a newer form.</exception>
    public static Block Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < HeaderLength) throw new FormatException($"{bytes.Length} bytes are no block");
        if (bytes.Span[0] != Form) throw new FormatException($"a block of form {bytes.Span[0]}; this program knows form {Form}");
        var block = new Block(bytes);
        return block is { Height: > 0, Term: > 0 } ? block : throw new FormatException($"a block of height {block.Height}, term {block.Term}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"block {Height} of term {Term}, {Payload.Length} bytes";
}
