using System.Security.Cryptography;
using ActorRuntime.Util;

namespace ActorRuntime.Node.Demo;

/// <summary>The input: bytes cut after each line feed. Any bytes are lines, valid UTF-8 or not; a last line without a line feed is a line
/// too. Nothing is decoded, so nothing can change on the way.</summary>
/// <param name="Sha256">Of the whole file, as <c>sha256sum</c> prints it.</param>
internal sealed record InputFile(string Path, long Bytes, long Lines, int LongestLine, string Sha256)
{
    /// <summary>Longest line a flow of the demonstration carries as one item.</summary>
    public const int LineBytesMax = 4 << 20;

    private const int BufferBytes = 1 << 16;

    /// <summary>Reads the file once from end to end.</summary>
    /// <param name="lineBytesMax">Longest line that a flow carries.</param>
    /// <exception cref="OptionsException">The file is empty or has a longer line; says which.</exception>
    public static InputFile Scan(string path, int lineBytesMax)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long lines = 0, bytes = 0;
        var longest = 0;
        foreach (var item in ReadLines(path, lineBytesMax))
        {
            lines++;
            bytes += item.Bytes.Length;
            longest = Math.Max(longest, item.Bytes.Length);
            hash.AppendData(item.Bytes.Span);
        }
        if (lines == 0) throw new OptionsException([$"--input {path}: is empty, there is nothing to stream"]);
        return new(System.IO.Path.GetFullPath(path), bytes, lines, longest, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The lines in order. The bytes of an item are valid until the next one is asked for.</summary>
    /// <exception cref="OptionsException">A line is longer than <paramref name="lineBytesMax"/>.</exception>
    public static IEnumerable<SourceItem> ReadLines(string path, int lineBytesMax)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        var buffer = new byte[Math.Min(BufferBytes, lineBytesMax)];
        long line = 0;
        int start = 0, end = 0, searched = 0;
        while (true)
        {
            var feed = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var length = searched + feed + 1 - start;
                yield return new(line++, buffer.AsMemory(start, length));
                searched = start += length;
                continue;
            }

            searched = end;
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (searched, end, start) = (searched - start, end - start, 0);
            }
            if (end == buffer.Length)
            {
                if (end >= lineBytesMax) throw TooLong(path, line, lineBytesMax);
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, lineBytesMax));
            }
            var read = file.Read(buffer, end, buffer.Length - end);
            if (read == 0) break;
            end += read;
        }
        if (end > start) yield return new(line, buffer.AsMemory(start, end - start));
    }

    private static OptionsException TooLong(string path, long line, int lineBytesMax) =>
        new([$"--input {path}: line {line + 1} is longer than {lineBytesMax} bytes, the most a flow carries as one item"]);
}
