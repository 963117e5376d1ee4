using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;

namespace ActorRuntime.Persistence.Local.Recovery;

/// <summary>Makes the folder of a log, and opens it again. Blocks; one thread.</summary>
internal sealed class LogFolder(LogContext context, string bootId)
{
    /// <summary>Makes the folder of an empty log, all of it flushed, but for its name in the directory above.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void Create(string folder, string name, BlockPlace start)
    {
        Directory.CreateDirectory(folder);
        var state = new LogState
        {
            Name = name, LogKey = context.DrawMark(), StoreId = context.DrawMark(), Acknowledged = start.Height, Durable = start.Height,
            FirstSegment = 1, NewestSegment = 1, IsClean = true, Flush = context.Options.Flush, BootId = bootId,
        };
        StateFile.Create(context.Disk, Path.Combine(folder, StoreFormat.StateFile), state);
        context.Files.Count(StateFile.Length);
        using (var segment = context.Files.Create(folder, new SegmentHeader(1, state.LogKey, context.DrawMark(), start, 0), 0, mayExceed: false))
            context.Disk.Flush(segment.File, segment.Path);
        context.Disk.FlushDirectory(folder);
    }

    /// <summary>Opens a log: cuts a torn tail, renews the store id where the log cannot prove that it is whole, removes
    /// leftovers.</summary>
    /// <exception cref="BlockStoreException">It is damaged, and nothing was changed; or of a newer format.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public SegmentLog Open(string folder, string name)
    {
        var statePath = Path.Combine(folder, StoreFormat.StateFile);
        if (!File.Exists(statePath) || StateFile.Read(statePath) is not { } state)
            throw Refused(name, new Damage(statePath, 0, 0, "no state in it verifies, or the file is missing"));
        if (state.Name != name) throw Refused(name, new Damage(statePath, 0, 0, $"it belongs to the log {state.Name}"));
        var scan = LogScan.Read(folder, state, bootId);
        return scan.Damage is null ? Open(scan, IsWhole(scan)) : throw Refused(name, scan.Damage);
    }

    /// <summary>Opens a log at what can be believed of it.</summary>
    /// <param name="keepsStoreId">Whether it is the same log still for those who were told its store id.</param>
    public SegmentLog Open(LogScan scan, bool keepsStoreId)
    {
        var segments = new List<Segment>();
        StateFile? stateFile = null;
        try
        {
            segments.AddRange(scan.Segments.Select(Open));
            if (scan.State.HasFailed) segments.ForEach(segment => segment.Rewrite());
            stateFile = new StateFile(context.Disk, Path.Combine(scan.Folder, StoreFormat.StateFile));
            var next = scan.NextNumber;
            var isCut = scan.Tail is not null || scan.Damage is not null;
            if (isCut)
            {
                // In a segment of its own: what lies behind the cut in the old one can never be taken for a part of the log again.
                var header = new SegmentHeader(next, scan.State.LogKey, context.DrawMark(), scan.Head, next);
                next++;
                segments.Add(context.Files.Create(scan.Folder, header, 0, mayExceed: true));
            }
            var flushesAll = context.Options.Flush == FlushPolicy.GroupCommit || scan.State.HasFailed || isCut;
            var durable = scan.State.IsClean ? scan.Head.Height : Math.Min(scan.Head.Height, scan.Durable);
            if (flushesAll)
            {
                foreach (var segment in segments.Where(segment => scan.State.HasFailed || segment.Last > durable || segment == segments[^1]))
                    context.Disk.Flush(segment.File, segment.Path);
                context.Disk.FlushDirectory(scan.Folder);
                durable = scan.Head.Height;
            }
            // Only now, and only once the state says so, what is not part of the log may go.
            var emptied = segments.FindAll(segment => isCut && segment != segments[^1] && segment.Base.Height == segments[^1].Base.Height);
            segments.RemoveAll(emptied.Contains);
            stateFile.Set(scan.State with
            {
                StoreId = keepsStoreId ? scan.State.StoreId : context.DrawMark(),
                Term = Math.Max(scan.State.Term, scan.BlockTerm),
                Acknowledged = Math.Min(scan.State.Acknowledged, scan.Head.Height),
                Durable = durable,
                FirstSegment = segments[0].Number,
                NewestSegment = flushesAll ? segments[^1].Number : Math.Min(scan.State.NewestSegment, segments[^1].Number),
                OpenCount = scan.State.OpenCount + 1,
                IsClean = false,
                HasFailed = false,
                Flush = context.Options.Flush,
                BootId = bootId,
            });
            stateFile.Flush();
            emptied.ForEach(segment => segment.Dispose());
            foreach (var file in scan.Leftovers.Concat(emptied.Select(segment => segment.Path))) context.Files.TakeBack(file, new FileInfo(file).Length);
            return new SegmentLog(context, scan.Folder, stateFile, segments, durable, next);
        }
        catch
        {
            stateFile?.Dispose();
            segments.ForEach(segment => segment.Dispose());
            throw;
        }
    }

    /// <summary>Writes a state for a log that has lost its own.</summary>
    public void RenewState(LogScan scan)
    {
        var path = Path.Combine(scan.Folder, StoreFormat.StateFile);
        if (File.Exists(path)) context.Files.Count(-new FileInfo(path).Length);
        File.Delete(path);
        StateFile.Create(context.Disk, path, scan.State);
        context.Files.Count(StateFile.Length);
    }

    /// <summary>Whether all that was ever acknowledged is there (SAFETY 1C-23).</summary>
    public bool IsWhole(LogScan scan)
    {
        var state = scan.State;
        var isSameBoot = bootId.Length > 0 && bootId == state.BootId;
        return (state.IsClean || isSameBoot || state.Flush == FlushPolicy.GroupCommit) && !state.HasFailed && scan.Head.Height >= state.Acknowledged;
    }

    private static Segment Open(ScannedSegment scanned)
    {
        var file = File.OpenHandle(scanned.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return new Segment(
            file, scanned.Path, scanned.Header, scanned.Length, [.. scanned.Offsets], [.. scanned.Digests], scanned.Offsets.Count, scanned.End);
    }

    private static BlockStoreException Refused(string name, Damage damage) => new(
        $"The log {name} is damaged: {damage}. Nothing was changed. `node store check` shows what is left of it, `node store repair` cuts it there.");
}
