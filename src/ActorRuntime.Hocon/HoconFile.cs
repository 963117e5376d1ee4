using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>Reads configuration files: UTF-8, bounded, every failure named.</summary>
internal static class HoconFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of <paramref name="file"/>.</summary>
    /// <param name="file">Path.</param>
    /// <param name="from">The include that asks; null for the first file.</param>
    /// <exception cref="ConfigurationException">Missing, unreadable, too long, not UTF-8.</exception>
    public static string Read(string file, HoconOrigin? from)
    {
        byte[] bytes;
        try
        {
            var length = new FileInfo(file).Length;
            if (length > HoconLimits.TextCharsMax)
                throw Error($"{file} has {length} bytes; at most {HoconLimits.TextCharsMax} are read", from, null);
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Error($"cannot read configuration file {file}: {e.Message}", from, e);
        }
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + bytes.AsSpan(0, Math.Min(Math.Max(e.Index, 0), bytes.Length)).Count((byte)'\n');
            throw Error("not valid UTF-8", new HoconOrigin(file, line), e);
        }
    }

    private static ConfigurationException Error(string message, HoconOrigin? origin, Exception? cause) =>
        new(new ConfigurationError(message, "", origin), cause);
}
