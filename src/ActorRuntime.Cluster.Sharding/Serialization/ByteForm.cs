using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ActorRuntime.Cluster.Sharding.Serialization;

/// <summary>Numbers, texts and byte strings inside our binary forms: numbers little-endian in 8 bytes, the others behind their length in
/// 4.</summary>
internal static class ByteForm
{
    public static void WriteLong(this IBufferWriter<byte> writer, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), value);
        writer.Advance(8);
    }

    public static void WriteInt(this IBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), value);
        writer.Advance(4);
    }

    public static void WriteText(this IBufferWriter<byte> writer, string text)
    {
        writer.WriteInt(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, writer);
    }

    public static void WriteBytes(this IBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteInt(bytes.Length);
        writer.Write(bytes);
    }
}

/// <summary>Reads what <see cref="ByteForm"/> wrote, checking every length.</summary>
/// <exception cref="FormatException">The bytes end too early, or a length is impossible.</exception>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public long ReadLong() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public byte ReadByte() => Take(1)[0];

    public int ReadInt() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    public ReadOnlySpan<byte> Read(int count) => Take(count);

    public ReadOnlySpan<byte> ReadBytes() => Take(ReadInt());

    /// <summary>A number of things of which each takes at least so many bytes: a larger one than can be there is refused before
    /// anything is allocated for it.</summary>
    public int ReadCount(int bytesEach)
    {
        var count = ReadInt();
        return count >= 0 && count <= _rest.Length / bytesEach ? count : throw new FormatException($"{count} elements in {_rest.Length} bytes");
    }

    public readonly void End()
    {
        if (_rest.Length > 0) throw new FormatException($"{_rest.Length} bytes too many");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length) throw new FormatException($"{count} bytes announced, {_rest.Length} left");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
