using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ActorRuntime.Remote.Wire;

/// <summary>A growing buffer that frames are written into back to back, to leave in one write.</summary>
internal sealed class FrameWriter : IBufferWriter<byte>, IDisposable
{
    private const int BufferBytesUsual = 131_072;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _frameStart = -1;

    /// <summary>Bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    /// <summary>All complete frames.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Length);

    /// <summary>Opens a frame; everything written until <see cref="EndFrame"/> is its body.</summary>
    public void BeginFrame(FrameKind kind)
    {
        _frameStart = Length;
        GetSpan(FrameReader.HeaderBytes + 1)[FrameReader.HeaderBytes] = (byte)kind;
        Length += FrameReader.HeaderBytes + 1;
    }

    /// <summary>Closes the frame: fills in length and checksum.</summary>
    public void EndFrame()
    {
        var bodyStart = _frameStart + FrameReader.HeaderBytes;
        var header = _buffer.AsSpan(_frameStart, FrameReader.HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(Length - bodyStart));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32C.Append(0, _buffer.AsSpan(bodyStart, Length - bodyStart)));
        _frameStart = -1;
    }

    /// <summary>Takes back everything written after <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Forgets what was sent; a buffer that one large message had grown goes back to the pool.</summary>
    public void Clear()
    {
        Length = 0;
        if (_buffer.Length <= BufferBytesUsual) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytesUsual);
    }

    /// <summary>Writes an unsigned number in 1 to 10 bytes, seven bits each, lowest first.</summary>
    public void WriteVarint(ulong value)
    {
        var span = GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7) span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        Length += count;
    }

    /// <summary>Writes eight bytes, little endian.</summary>
    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(GetSpan(sizeof(long)), value);
        Length += sizeof(long);
    }

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    /// <summary>Writes the length in bytes and the UTF-8 form of <paramref name="text"/>.</summary>
    public void WriteString(string text)
    {
        WriteVarint((uint)Encoding.UTF8.GetByteCount(text));
        Length += Encoding.UTF8.GetBytes(text, GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));
    }

    /// <summary>Makes room for a length in front of a message; two bytes, which most messages need at most.</summary>
    /// <returns>The position to hand to <see cref="EndLengthPrefix"/>.</returns>
    public int BeginLengthPrefix()
    {
        GetSpan(2);
        Length += 2;
        return Length;
    }

    /// <summary>Fills in the length of what was written since <paramref name="start"/>; longer messages move up by two bytes.</summary>
    public void EndLengthPrefix(int start)
    {
        const int twoByteMax = (1 << 14) - 1;
        var length = Length - start;
        if (length > twoByteMax)
        {
            GetSpan(2);
            _buffer.AsSpan(start, length).CopyTo(_buffer.AsSpan(start + 2));
            Length += 2;
            _buffer[start] = (byte)((length >> 14) | 0x80);
            _buffer[start + 1] = (byte)((length >> 21) & 0x7F);
        }
        _buffer[start - 2] = (byte)(length | 0x80);
        _buffer[start - 1] = (byte)(((length >> 7) & 0x7F) | (length > twoByteMax ? 0x80 : 0));
    }

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(Length);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - Length >= Math.Max(count, 1)) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + Math.Max(count, 1)), _buffer.Length * 2));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
