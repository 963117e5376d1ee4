using System.Globalization;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>The file that says what the directory is: its format, how often it was opened, and by whom last. Three lines of text.</summary>
internal static class StoreFile
{
    /// <summary>Counts this opening; durable at the return.</summary>
    /// <exception cref="BlockStoreException">The directory has a newer format, or the file is none of ours.</exception>
    public static long CountOpening(IDurableFiles files, string path, string by)
    {
        var count = Read(files, path).OpenCount + 1;
        files.Replace(path, string.Create(CultureInfo.InvariantCulture, $"format {StoreFormat.Version}\nopened {count}\nby {by}\n"));
        return count;
    }

    /// <summary>How often it was opened, 0 for a new one, and by whom last.</summary>
    /// <exception cref="BlockStoreException">As <see cref="CountOpening"/>.</exception>
    public static (long OpenCount, string OpenedBy) Read(IDurableFiles files, string path)
    {
        if (files.Read(path) is not { } text) return (0, "another process");
        var lines = text.Split('\n');
        if (lines.Length < 3 || Number(lines[0], "format ") is not { } format)
            throw new BlockStoreException($"{path} does not say what this directory is: it is damaged, or no local store.");
        StoreFormat.Check((int)Math.Min(format, int.MaxValue), path);
        var opened = Number(lines[1], "opened ") ?? throw new BlockStoreException($"{path}, line 2: how often the store was opened is unreadable.");
        return (opened, lines[2].StartsWith("by ", StringComparison.Ordinal) ? lines[2][3..] : "another process");
    }

    private static long? Number(string line, string before) =>
        line.StartsWith(before, StringComparison.Ordinal)
        && long.TryParse(line.AsSpan(before.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
