using System.Buffers.Binary;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>The first page of a segment. Written once, before the first frame, and never changed.</summary>
/// <param name="Number">Counts the segments a log ever had, from 1; also the file's name.</param>
/// <param name="LogKey">Drawn when the log was made: a file of another log, or of an earlier log of the same name, is not taken for one of
/// this. </param>
/// <param name="Mark">Drawn for this segment; stands before each of its frames.</param>
/// <param name="Base">The block below its first one.</param>
/// <param name="Cut">Number of the newest segment, this one or one before it, that cut the log: it takes the place of all whose base is not
/// below its own, and of the blocks above its base. 0 when there was none. Without that one what it replaced would come back to
/// life.</param>
internal sealed record SegmentHeader(long Number, ulong LogKey, ulong Mark, BlockPlace Base, long Cut)
{
    /// <summary>Bytes in front of the first frame.</summary>
    public const int Length = 4096;

    private const int Used = 8 + 4 + 4 + 8 + 8 + 8 + 8 + BlockDigest.Length + 8;

    private static ReadOnlySpan<byte> Magic => "ARBLOCKS"u8;

    /// <summary>Writes a whole page.</summary>
    public void Write(Span<byte> page)
    {
        page[..Length].Clear();
        Magic.CopyTo(page);
        BinaryPrimitives.WriteInt32LittleEndian(page[8..], StoreFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(page[16..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(page[24..], LogKey);
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], Mark);
        BinaryPrimitives.WriteInt64LittleEndian(page[40..], Base.Height);
        Base.Digest.Write(page[48..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[80..], Cut);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], Checksum.Of(page[8..12], page[16..Used]));
    }

    /// <summary>Null when the page is no header that verifies.</summary>
    /// <exception cref="BlockStoreException">It is one of a newer format.</exception>
    public static SegmentHeader? Read(ReadOnlySpan<byte> page, string path)
    {
        if (page.Length < Used || !page.StartsWith(Magic)) return null;
        if (Checksum.Of(page[8..12], page[16..Used]) != BinaryPrimitives.ReadUInt32LittleEndian(page[12..])) return null;
        StoreFormat.Check(BinaryPrimitives.ReadInt32LittleEndian(page[8..]), path);
        return new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(page[16..]), BinaryPrimitives.ReadUInt64LittleEndian(page[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(page[32..]),
            new BlockPlace(BinaryPrimitives.ReadInt64LittleEndian(page[40..]), new BlockDigest(page[48..])),
            BinaryPrimitives.ReadInt64LittleEndian(page[80..]));
    }
}
