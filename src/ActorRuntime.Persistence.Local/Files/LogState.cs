using System.Buffers.Binary;
using System.Text;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>What a log knows about itself beside its blocks.</summary>
internal readonly record struct LogState
{
    /// <summary>Bytes of a written state: one sector of a disk.</summary>
    public const int Length = 512;

    private const int TextAt = 96;

    private static ReadOnlySpan<byte> Magic => "ARBLSTAT"u8;

    /// <summary>Its name, whatever the folder is called.</summary>
    public required string Name { get; init; }

    /// <summary>Drawn when it was made; stands in each of its segments.</summary>
    public required ulong LogKey { get; init; }

    /// <summary>See <see cref="IBlockLog.StoreId"/>.</summary>
    public required ulong StoreId { get; init; }

    /// <summary>Highest term recorded.</summary>
    public long Term { get; init; }

    /// <summary>Highest height a flush completed for, whatever the policy promised.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Highest height known to be on the disk.</summary>
    public long Durable { get; init; }

    /// <summary>The segment it begins with; those before were trimmed away.</summary>
    public long FirstSegment { get; init; }

    /// <summary>The newest segment known to be on the disk: without it, what it replaced would come back to life.</summary>
    public long NewestSegment { get; init; }

    /// <summary>How often it was opened.</summary>
    public long OpenCount { get; init; }

    /// <summary>It was closed in order: all of it is on the disk.</summary>
    public bool IsClean { get; init; }

    /// <summary>A flush failed: the page cache may show what the disk does not have.</summary>
    public bool HasFailed { get; init; }

    /// <summary>What acknowledgements since the opening mean.</summary>
    public FlushPolicy Flush { get; init; }

    /// <summary>Of the kernel that had it open last; empty where unknown.</summary>
    public string BootId { get; init; }

    /// <summary>Writes it with its number; <paramref name="at"/> has <see cref="Length"/> bytes.</summary>
    public void Write(Span<byte> at, long number)
    {
        at[..Length].Clear();
        Magic.CopyTo(at);
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], StoreFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(at[24..], LogKey);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], StoreId);
        BinaryPrimitives.WriteInt64LittleEndian(at[40..], Term);
        BinaryPrimitives.WriteInt64LittleEndian(at[48..], Acknowledged);
        BinaryPrimitives.WriteInt64LittleEndian(at[56..], Durable);
        BinaryPrimitives.WriteInt64LittleEndian(at[64..], FirstSegment);
        BinaryPrimitives.WriteInt64LittleEndian(at[72..], OpenCount);
        BinaryPrimitives.WriteInt64LittleEndian(at[80..], NewestSegment);
        at[88] = (byte)((IsClean ? 1 : 0) | (HasFailed ? 2 : 0));
        at[89] = (byte)Flush;
        var bootLength = Encoding.UTF8.GetBytes(BootId, at[TextAt..]);
        at[90] = (byte)bootLength;
        at[91] = (byte)Encoding.UTF8.GetBytes(Name, at[(TextAt + bootLength)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(at[12..], Checksum.Of(at[8..12], at[16..Length]));
    }

    /// <summary>Null when the bytes are no state that verifies.</summary>
    /// <exception cref="BlockStoreException">They are one of a newer format.</exception>
    public static (LogState State, long Number)? Read(ReadOnlySpan<byte> at, string path)
    {
        if (at.Length < Length || !at.StartsWith(Magic)) return null;
        if (Checksum.Of(at[8..12], at[16..Length]) != BinaryPrimitives.ReadUInt32LittleEndian(at[12..])) return null;
        StoreFormat.Check(BinaryPrimitives.ReadInt32LittleEndian(at[8..]), path);
        var state = new LogState
        {
            LogKey = BinaryPrimitives.ReadUInt64LittleEndian(at[24..]),
            StoreId = BinaryPrimitives.ReadUInt64LittleEndian(at[32..]),
            Term = BinaryPrimitives.ReadInt64LittleEndian(at[40..]),
            Acknowledged = BinaryPrimitives.ReadInt64LittleEndian(at[48..]),
            Durable = BinaryPrimitives.ReadInt64LittleEndian(at[56..]),
            FirstSegment = BinaryPrimitives.ReadInt64LittleEndian(at[64..]),
            OpenCount = BinaryPrimitives.ReadInt64LittleEndian(at[72..]),
            NewestSegment = BinaryPrimitives.ReadInt64LittleEndian(at[80..]),
            IsClean = (at[88] & 1) != 0,
            HasFailed = (at[88] & 2) != 0,
            Flush = (FlushPolicy)at[89],
            BootId = Encoding.UTF8.GetString(at.Slice(TextAt, at[90])),
            Name = Encoding.UTF8.GetString(at.Slice(TextAt + at[90], at[91])),
        };
        return (state, BinaryPrimitives.ReadInt64LittleEndian(at[16..]));
    }
}
