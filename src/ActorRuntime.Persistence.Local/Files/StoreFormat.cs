using System.Text;
using ActorRuntime.Persistence.Blocks;

namespace ActorRuntime.Persistence.Local.Files;

/// <summary>Names and versions on the disk; docs/storage-local.md describes all of it.</summary>
internal static class StoreFormat
{
    /// <summary>What this program writes, and the newest it reads.</summary>
    public const int Version = 1;

    /// <summary>Most bytes of a log's folder name, so that it and its suffix stay within what file systems take.</summary>
    public const int FolderNameMax = 240;

    public const string LockFile = "lock", StoreFile = "store", Spares = "spare", Logs = "logs", Removed = "removed";

    /// <summary>Of a log's folder: its state.</summary>
    public const string StateFile = "state";

    /// <summary>Ends the name of a folder that is being made, or deleted: no part of the store. No log's folder has a dot in its name.</summary>
    public const string New = ".new", Old = ".old";

    private const string SegmentSuffix = ".segment";

    /// <exception cref="BlockStoreException">A newer program wrote it.</exception>
    public static void Check(int version, string path)
    {
        if (version > Version)
            throw new BlockStoreException($"{path} has format {version}; this program knows formats up to {Version}. Start the newer program again.");
        if (version < 1) throw new BlockStoreException($"{path} has format {version}, which no program wrote: it is damaged.");
    }

    public static string SegmentName(long number) => $"{number:D10}{SegmentSuffix}";

    /// <summary>The number of a segment's file; null when it is none.</summary>
    public static long? SegmentNumber(string path)
    {
        var name = Path.GetFileName(path);
        return name.EndsWith(SegmentSuffix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(0, name.Length - SegmentSuffix.Length), out var number)
            && number > 0 && SegmentName(number) == name ? number : null;
    }

    /// <summary>The folder of a log: all but ASCII letters, digits, - and _ as % and two hexadecimal digits per byte.</summary>
    /// <exception cref="BlockStoreException">The name is too long for a file system, or empty.</exception>
    public static string FolderName(string log)
    {
        var folder = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(log))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_') folder.Append((char)b);
            else folder.Append('%').Append(b.ToString("X2", null));
        }
        if (folder.Length is 0 or > FolderNameMax)
            throw new BlockStoreException($"'{log}' cannot be the name of a log: its folder's name would have {folder.Length} bytes, 1 to {FolderNameMax} are possible.");
        return folder.ToString();
    }

    /// <summary>The log of a folder; null when no log's folder is called so.</summary>
    public static string? LogName(string folder)
    {
        if (folder.Length > FolderNameMax) return null;
        var bytes = new List<byte>();
        for (var i = 0; i < folder.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(folder[i]) || folder[i] is '-' or '_') bytes.Add((byte)folder[i]);
            else if (folder[i] == '%' && i + 2 < folder.Length && byte.TryParse(
                folder.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var b))
            {
                bytes.Add(b);
                i += 2;
            }
            else
            {
                return null;
            }
        }
        var name = Encoding.UTF8.GetString([.. bytes]);
        return bytes.Count > 0 && FolderName(name) == folder ? name : null;
    }
}
