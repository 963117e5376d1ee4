using System.Buffers;
using System.Text;

namespace ActorRuntime.Serialization;

/// <summary>Numbers and strings inside the built-in forms.</summary>
internal static class PayloadFormat
{
    /// <summary>Writes an unsigned number in 1 to 10 bytes, seven bits each, lowest first.</summary>
    public static void WriteVarint(this IBufferWriter<byte> writer, ulong value)
    {
        var span = writer.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7) span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        writer.Advance(count);
    }

    /// <summary>Writes a signed number so that small negative ones stay short.</summary>
    public static void WriteSigned(this IBufferWriter<byte> writer, long value) => writer.WriteVarint((ulong)(value << 1) ^ (ulong)(value >> 63));

    /// <summary>Writes the length in bytes and the UTF-8 form.</summary>
    public static void WriteString(this IBufferWriter<byte> writer, string text)
    {
        writer.WriteVarint((uint)Encoding.UTF8.GetByteCount(text));
        writer.WriteUtf8(text);
    }

    /// <summary>Writes the UTF-8 form alone.</summary>
    public static void WriteUtf8(this IBufferWriter<byte> writer, string text)
    {
        var span = writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        writer.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}

/// <summary>Reads what <see cref="PayloadFormat"/> wrote; every field is checked against the end.</summary>
/// <param name="bytes">All bytes of the form.</param>
internal ref struct PayloadReader(ReadOnlyMemory<byte> bytes)
{
    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private int _position;

    /// <summary>Everything not yet read.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _bytes[_position..];

    /// <exception cref="SerializationException">Cut off, or more than 64 bits.</exception>
    public ulong ReadVarint()
    {
        var span = _bytes.Span[_position..];
        ulong value = 0;
        for (var i = 0; i < span.Length && i < 10; i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] >= 0x80) continue;
            _position += i + 1;
            return value;
        }
        throw new SerializationException("A number is cut off or too long.");
    }

    /// <inheritdoc cref="ReadVarint"/>
    public long ReadSigned()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <exception cref="SerializationException">Cut off.</exception>
    public string ReadString() => Encoding.UTF8.GetString(Take((int)Math.Min(ReadVarint(), int.MaxValue)).Span);

    /// <exception cref="SerializationException">Fewer are left.</exception>
    public ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _bytes.Length - _position) throw new SerializationException($"{count} bytes announced, {_bytes.Length - _position} left.");
        _position += count;
        return _bytes.Slice(_position - count, count);
    }
}
