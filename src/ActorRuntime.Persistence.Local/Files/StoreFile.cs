using System.Globalization;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>The file that says what the directory is: its format, and how often it was opened. Two lines of text.</summary>
internal static class StoreFile
{
    /// <summary>Counts this opening; durable at the return.</summary>
    /// <exception cref="BlockStoreException">The directory has a newer format, or the file is none of ours.</exception>
    public static long CountOpening(IDurableFiles files, string path)
    {
        var opened = Read(files, path) + 1;
        files.Replace(path, string.Create(CultureInfo.InvariantCulture, $"format {StoreFormat.Version}\nopened {opened}\n"));
        return opened;
    }

    /// <summary>How often it was opened; 0 for a new one.</summary>
    /// <exception cref="BlockStoreException">As <see cref="CountOpening"/>.</exception>
    public static long Read(IDurableFiles files, string path)
    {
        if (files.Read(path) is not { } text) return 0;
        var lines = text.Split('\n');
        if (lines is not [var first, var second, ..] || Number(first, "format ") is not { } format)
            throw new BlockStoreException($"{path} does not say what this directory is: it is damaged, or no local store.");
        StoreFormat.Check((int)Math.Min(format, int.MaxValue), path);
        return Number(second, "opened ") ?? throw new BlockStoreException($"{path}, line 2: how often the store was opened is unreadable.");
    }

    private static long? Number(string line, string before) =>
        line.StartsWith(before, StringComparison.Ordinal)
        && long.TryParse(line.AsSpan(before.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
