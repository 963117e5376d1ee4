using System.Buffers;
using System.Buffers.Binary;

namespace ActorRuntime.Remote.Wire;

/// <summary>Cuts a byte stream into frames, however the bytes arrive.</summary>
/// <remarks>
/// Sans-IO: the shell receives into <see cref="GetSpace"/>, says <see cref="Advance"/>, and takes frames until there are none.
/// Memory follows the bytes that have arrived, never the length a header claims: a peer must send eight megabytes to make us keep eight megabytes.
/// </remarks>
/// <param name="bodyBytesMax">Longest body accepted.</param>
internal sealed class FrameReader(int bodyBytesMax) : IDisposable
{
    /// <summary>Length of the body (4 bytes, little endian) and its CRC-32C (4 bytes, little endian).</summary>
    public const int HeaderBytes = 8;

    private const int BufferBytesMin = 4096;
    private const int BufferBytesUsual = 65_536;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytesMin);
    private int _start;
    private int _end;
    private int _checked; // Bytes of the current body already in the running checksum.
    private uint _checksum;

    /// <summary>Longest body accepted from here on; raised once the peer has introduced itself.</summary>
    public int BodyBytesMax { get; set; } = bodyBytesMax;

    /// <summary>Room to receive into, never empty. Invalidates bodies handed out before.</summary>
    public Memory<byte> GetSpace()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            if (_buffer.Length > BufferBytesUsual) Resize(BufferBytesUsual);
        }
        if (_end == _buffer.Length && _start > 0) Compact();
        if (_end == _buffer.Length) Resize(_buffer.Length * 2);
        return _buffer.AsMemory(_end);
    }

    /// <summary>Takes in <paramref name="count"/> bytes written to the space.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>The next complete frame.</summary>
    /// <param name="kind">Its kind, not yet checked against the enumeration.</param>
    /// <param name="body">What follows the kind; valid until <see cref="GetSpace"/>.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="WireException">The length is out of bounds or the checksum is wrong.</exception>
    public bool TryRead(out FrameKind kind, out ReadOnlyMemory<byte> body)
    {
        (kind, body) = (default, default);
        var available = _end - _start;
        if (available < HeaderBytes) return false;

        var header = _buffer.AsSpan(_start, HeaderBytes);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length == 0 || length > (uint)BodyBytesMax) throw new WireException($"frame of {length} bytes, allowed are 1 to {BodyBytesMax}");

        var present = Math.Min(available - HeaderBytes, (int)length);
        _checksum = Crc32C.Append(_checksum, _buffer.AsSpan(_start + HeaderBytes + _checked, present - _checked));
        _checked = present;
        if (present < (int)length) return false;
        if (_checksum != BinaryPrimitives.ReadUInt32LittleEndian(header[4..])) throw new WireException("frame with a wrong checksum");

        kind = (FrameKind)_buffer[_start + HeaderBytes];
        body = _buffer.AsMemory(_start + HeaderBytes + 1, (int)length - 1);
        _start += HeaderBytes + (int)length;
        (_checked, _checksum) = (0, 0);
        return true;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Compact()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
    }

    private void Resize(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, BufferBytesMin));
        _buffer.AsSpan(_start.._end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (larger, 0, _end - _start);
    }
}
