using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;

namespace ActorRuntime.Persistence.Local.Recovery;

/// <summary>Reads the blocks of a store that another process may have open, and changes nothing. What is appended meanwhile may be missed.</summary>
internal static class StoreReading
{
    private const int AttemptsMax = 10;

    /// <summary>Reads every block of every log.</summary>
    /// <param name="take">Gets the name of the log and the block; a block may come twice.</param>
    /// <returns>How many logs there are; 0 when there is no store.</returns>
    /// <exception cref="BlockStoreException">The store is of a newer format, damaged, or cannot be read.</exception>
    public static int Run(string directory, RuntimeEnvironment environment, Action<string, Block> take)
    {
        directory = Path.GetFullPath(directory);
        var storePath = Path.Combine(directory, StoreFormat.StoreFile);
        if (!File.Exists(storePath)) return 0;
        try
        {
            _ = StoreFile.Read(environment.Files, storePath);
            var count = 0;
            foreach (var folder in Directory.GetDirectories(Path.Combine(directory, StoreFormat.Logs)).Order(StringComparer.Ordinal))
            {
                if (StoreFormat.LogName(Path.GetFileName(folder)) is not { } name) continue;
                if (ReadLog(folder, name, environment.Host.BootId, take)) count++;
            }
            return count;
        }
        catch (Exception e) when (e is (IOException and not BlockStoreException) or UnauthorizedAccessException)
        {
            throw new BlockStoreException($"The local store {directory} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The owner trims and cuts meanwhile, which looks like damage for a moment: then all of the log is read again.</summary>
    /// <returns>False when the log was deleted meanwhile.</returns>
    private static bool ReadLog(string folder, string name, string bootId, Action<string, Block> take)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var report = StoreCheck.Check(folder, name, bootId);
                if (report.IsRefused) throw new BlockStoreException($"The log {name} cannot be read: {report.Damage}");
                var what = report.Damage?.ToString() ?? ReadSegments(report.Scan!, name, take);
                if (what is null) return true;
                if (attempt == AttemptsMax) throw new BlockStoreException($"The log {name} is damaged: {what}");
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && attempt < AttemptsMax)
            {
                if (!Directory.Exists(folder)) return false;
            }
        }
    }

    /// <returns>What stood in the way; null when nothing did.</returns>
    private static string? ReadSegments(LogScan scan, string name, Action<string, Block> take)
    {
        foreach (var segment in scan.Segments)
        {
            using var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            for (var i = 0; i < segment.Offsets.Count; i++)
            {
                var end = i + 1 < segment.Offsets.Count ? segment.Offsets[i + 1] : segment.End;
                var frame = new byte[end - segment.Offsets[i]];
                if (RandomAccess.Read(file, frame, segment.Offsets[i]) < frame.Length || !Frame.Verifies(frame, segment.Header.Mark))
                    return $"{segment.Path}, offset {segment.Offsets[i]}: the frame has changed";
                take(name, Block.Read(frame.AsMemory(Frame.HeaderLength, Frame.BlockLength(frame))));
            }
        }
        return null;
    }
}
