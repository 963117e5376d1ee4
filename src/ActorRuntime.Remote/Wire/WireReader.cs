using System.Buffers.Binary;
using System.Text;

namespace ActorRuntime.Remote.Wire;

/// <summary>Reads the fields of one body, each checked against its end.</summary>
/// <param name="bytes">The body.</param>
internal ref struct WireReader(ReadOnlyMemory<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private int _position;

    /// <summary>True when nothing is left.</summary>
    public readonly bool IsAtEnd => _position == _bytes.Length;

    /// <summary>Everything not yet read.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _bytes[_position..];

    /// <exception cref="WireException">The body ends before.</exception>
    public byte ReadByte() => Take(1).Span[0];

    /// <exception cref="WireException">The body ends before.</exception>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)).Span);

    /// <exception cref="WireException">The body ends before, or the number has more than 64 bits.</exception>
    public ulong ReadVarint()
    {
        var span = _bytes.Span[_position..];
        ulong value = 0;
        for (var i = 0; i < span.Length && i < 10; i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] >= 0x80) continue;
            if (i == 9 && span[i] > 1) break;
            _position += i + 1;
            return value;
        }
        throw new WireException("number cut off or too long");
    }

    /// <summary>A number that is an index or a count.</summary>
    /// <exception cref="WireException">It is above <paramref name="max"/>.</exception>
    public int ReadInt(int max, string what)
    {
        var value = ReadVarint();
        return value <= (ulong)max ? (int)value : throw new WireException($"{what} {value} is above {max}");
    }

    /// <exception cref="WireException">Longer than <paramref name="bytesMax"/>, cut off, or not UTF-8.</exception>
    public string ReadString(int bytesMax, string what)
    {
        var text = Take(ReadInt(bytesMax, "length of " + what));
        try
        {
            return StrictUtf8.GetString(text.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new WireException(what + " is not UTF-8");
        }
    }

    /// <summary>The next <paramref name="count"/> bytes.</summary>
    /// <exception cref="WireException">The body ends before.</exception>
    public ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _bytes.Length - _position) throw new WireException($"{count} bytes announced, {_bytes.Length - _position} left");
        _position += count;
        return _bytes.Slice(_position - count, count);
    }
}
