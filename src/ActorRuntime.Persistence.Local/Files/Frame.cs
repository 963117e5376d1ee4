using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>How a block lies in a segment: mark, length, checksum, durable height, the block's bytes, zeros up to 8 bytes.</summary>
/// <remarks>
/// The mark is the segment's random number. It is written last: within one boot of the kernel a frame is seen whole or not at all, also after
/// <c>kill -9</c>. After a power cut pages are old or new one by one, which the checksum (over mark, length, durable height and block) finds.
/// Nothing that lay in a recycled file before carries the mark.
/// </remarks>
internal static class Frame
{
    /// <summary>Bytes before the block.</summary>
    public const int HeaderLength = 8 + 4 + 4 + 8;

    /// <summary>Bytes of the whole frame.</summary>
    public static int Size(int blockLength) => (HeaderLength + blockLength + 7) & ~7;

    /// <summary>Writes a frame over whatever is there; <paramref name="at"/> begins at a multiple of 8.</summary>
    /// <param name="durable">Highest height known to be on the disk.</param>
    public static void Write(Span<byte> at, ulong mark, long durable, ReadOnlySpan<byte> block)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], block.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(at[12..], ChecksumOf(mark, durable, block));
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], durable);
        block.CopyTo(at[HeaderLength..]);
        at[(HeaderLength + block.Length)..Size(block.Length)].Clear();
        Volatile.Write(ref MemoryMarshal.AsRef<ulong>(at), BitConverter.IsLittleEndian ? mark : BinaryPrimitives.ReverseEndianness(mark));
    }

    /// <summary>Whether a frame of this segment begins here, whole or not.</summary>
    public static bool IsMarked(ReadOnlySpan<byte> at, ulong mark) =>
        at.Length >= HeaderLength && BinaryPrimitives.ReadUInt64LittleEndian(at) == mark;

    /// <summary>Bytes of the block, as a frame that is marked says; not checked.</summary>
    public static int BlockLength(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadInt32LittleEndian(at[8..]);

    /// <summary>The durable height of a frame that verifies.</summary>
    public static long Durable(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadInt64LittleEndian(at[16..]);

    /// <summary>Whether the frame that begins here is as it was written.</summary>
    public static bool Verifies(ReadOnlySpan<byte> at, ulong mark)
    {
        if (!IsMarked(at, mark)) return false;
        var length = BlockLength(at);
        return length >= 0 && length <= at.Length - HeaderLength
            && BinaryPrimitives.ReadUInt32LittleEndian(at[12..]) == ChecksumOf(mark, Durable(at), at.Slice(HeaderLength, length));
    }

    private static uint ChecksumOf(ulong mark, long durable, ReadOnlySpan<byte> block)
    {
        var checksum = BitOperations.Crc32C(uint.MaxValue, mark);
        checksum = BitOperations.Crc32C(checksum, (uint)block.Length);
        checksum = BitOperations.Crc32C(checksum, (ulong)durable);
        return ~Checksum.Continue(checksum, block);
    }
}
