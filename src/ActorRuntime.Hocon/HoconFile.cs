using System.Text;

namespace ActorRuntime.Configuration;

/// <summary>Reads configuration files: UTF-8, bounded, every failure named.</summary>
internal static class HoconFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of <paramref name="file"/>.</summary>
    /// <exception cref="ConfigurationException">Missing, unreadable, too long, not UTF-8.</exception>
    public static string Read(string file) =>
        ReadIfThere(file, null) ?? throw Error($"cannot read configuration file {file}: there is no such file", null, null);

    /// <summary>The text of <paramref name="file"/>, null when there is no such file.</summary>
    /// <param name="file">Path.</param>
    /// <param name="from">The include that asks; null for the first file.</param>
    /// <exception cref="ConfigurationException">Unreadable, too long, not UTF-8.</exception>
    public static string? ReadIfThere(string file, HoconOrigin? from)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return Read(stream, file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Error($"cannot read configuration file {file}: {e.Message}", from, e);
        }
    }

    /// <summary>The text in <paramref name="stream"/>, which errors call <paramref name="name"/>.</summary>
    /// <exception cref="ConfigurationException">Too long, not UTF-8.</exception>
    public static string Read(Stream stream, string name)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = stream.Read(buffer)) > 0; bytes.Write(buffer, 0, read))
        {
            if (bytes.Length + read > HoconLimits.TextCharsMax)
                throw Error($"more than {HoconLimits.TextCharsMax} bytes; no more are read", new HoconOrigin(name, 1), null);
        }
        try
        {
            return Strict.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (DecoderFallbackException e)
        {
            var before = bytes.GetBuffer().AsSpan(0, Math.Clamp(e.Index, 0, (int)bytes.Length));
            throw Error("not valid UTF-8", new HoconOrigin(name, 1 + before.Count((byte)'\n')), e);
        }
    }

    private static ConfigurationException Error(string message, HoconOrigin? origin, Exception? cause) =>
        new(new ConfigurationError(message, "", origin), cause);
}
