using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;

namespace ActorRuntime.Persistence.Local.Recovery;

/// <summary>What a log's files say.</summary>
/// <param name="State">Null when none of it can be read; then only names and sizes are known.</param>
/// <param name="Scan">Null likewise, or when the log is of a newer format.</param>
/// <param name="Damage">Where and what; null when the log can be opened.</param>
internal sealed record LogReport(string Name, string Folder, long Bytes, LogState? State, LogScan? Scan, Damage? Damage)
{
    /// <summary>It is no damage: a newer program wrote it.</summary>
    public bool IsRefused => Damage?.File == Folder;

    /// <summary>Heights that are known to have been there and are not any more; empty when the last is below the first.</summary>
    public (long First, long Last) Lost => Scan is null ? (1, 0) : (Scan.Head.Height + 1, Scan.Seen);
}

/// <summary>What a store's directory holds.</summary>
/// <param name="OpenCount">How often it was opened.</param>
/// <param name="Others">What lies among the logs and is none.</param>
internal sealed record StoreReport(string Directory, long OpenCount, string OpenedBy, IReadOnlyList<LogReport> Logs, IReadOnlyList<string> Others)
{
    public bool IsDamaged => Logs.Any(log => log.Damage is not null);
}

/// <summary>Reads all logs of a store that nobody has open, and changes nothing.</summary>
internal static class StoreCheck
{
    /// <exception cref="BlockStoreException">There is no store, it is in use, or cannot be read.</exception>
    public static StoreReport Run(string directory, RuntimeEnvironment environment)
    {
        directory = Path.GetFullPath(directory);
        var storePath = Path.Combine(directory, StoreFormat.StoreFile);
        try
        {
            if (!File.Exists(storePath)) throw new BlockStoreException($"{directory} is no local store: it has no file {StoreFormat.StoreFile}.");
            var (openCount, openedBy) = StoreFile.Read(environment.Files, storePath);
            using var held = environment.LockFiles.TryAcquire(Path.Combine(directory, StoreFormat.LockFile), "check")
                ?? throw new BlockStoreException($"The local store {directory} is in use by {openedBy}. Stop it first: what it writes would look like damage.");
            var folders = Directory.GetDirectories(Path.Combine(directory, StoreFormat.Logs)).Order(StringComparer.Ordinal).ToList();
            var logs = folders.Select(folder => (Folder: folder, Name: StoreFormat.LogName(Path.GetFileName(folder)))).ToList();
            return new StoreReport(
                directory, openCount, openedBy,
                [.. logs.Where(log => log.Name is not null).Select(log => Check(log.Folder, log.Name!, environment.Host.BootId))
                    .OrderBy(log => log.Name, StringComparer.Ordinal)],
                [.. logs.Where(log => log.Name is null).Select(log => log.Folder)]);
        }
        catch (Exception e) when (e is (IOException and not BlockStoreException) or UnauthorizedAccessException)
        {
            throw new BlockStoreException($"The local store {directory} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads one log.</summary>
    public static LogReport Check(string folder, string name, string bootId)
    {
        var statePath = Path.Combine(folder, StoreFormat.StateFile);
        var bytes = Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length);
        try
        {
            var state = File.Exists(statePath) ? StateFile.Read(statePath) : null;
            var damage = state is null ? new Damage(statePath, 0, 0, "no state in it verifies, or the file is missing")
                : state.Value.Name != name ? new Damage(statePath, 0, 0, $"it belongs to the log {state.Value.Name}")
                : null;
            var scan = damage is null ? LogScan.Read(folder, state!.Value, bootId) : Guess(folder, name, bootId);
            return new LogReport(name, folder, bytes, state, scan, damage ?? scan?.Damage);
        }
        catch (BlockStoreException e)
        {
            return new LogReport(name, folder, bytes, null, null, new Damage(folder, 0, 0, e.Message));
        }
    }

    /// <summary>Reads a log without its state, as far as its segments tell; null when they tell nothing.</summary>
    private static LogScan? Guess(string folder, string name, string bootId)
    {
        var headers = new List<SegmentHeader>();
        foreach (var path in Directory.GetFiles(folder).Where(path => StoreFormat.SegmentNumber(path) is not null).Order(StringComparer.Ordinal))
        {
            var page = new byte[SegmentHeader.Length];
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (RandomAccess.Read(file, page, 0) == page.Length && SegmentHeader.Read(page, path) is { } header
                && header.Number == StoreFormat.SegmentNumber(path)) headers.Add(header);
        }
        if (headers is not [var first, ..]) return null;
        var state = new LogState { Name = name, LogKey = first.LogKey, StoreId = 0, FirstSegment = first.Number, BootId = "" };
        return LogScan.Read(folder, state, bootId);
    }
}
