namespace ActorRuntime.Node.Management;

/// <summary>Cuts received bytes into lines of at most <paramref name="bytesMax"/> bytes. The buffer grows with what arrives, not
/// beforehand.</summary>
internal sealed class LineBuffer(int bytesMax)
{
    private const int BytesFirst = 4096;
    private byte[] _bytes = new byte[Math.Min(BytesFirst, bytesMax)];
    private int _start, _end, _searched;

    /// <summary>True when a whole buffer holds no line end: the line is too long.</summary>
    public bool IsOverfull => _start == 0 && _end == bytesMax && _searched == _end;

    /// <summary>Room for the next bytes, at least one unless <see cref="IsOverfull"/>. Lines handed out before are invalid from here
    /// on.</summary>
    public Memory<byte> Room()
    {
        if (_start > 0)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            (_start, _end, _searched) = (0, _end - _start, _searched - _start);
        }
        if (_end == _bytes.Length && _end < bytesMax) Array.Resize(ref _bytes, Math.Min(2 * _end, bytesMax));
        return _bytes.AsMemory(_end);
    }

    /// <summary>Says that <paramref name="count"/> bytes were put into the room.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>The next whole line without its end.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var length = _bytes.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (length < 0)
        {
            (_searched, line) = (_end, default);
            return false;
        }
        var end = _searched + length;
        line = _bytes.AsMemory(_start, end - _start);
        _start = _searched = end + 1;
        return true;
    }
}
