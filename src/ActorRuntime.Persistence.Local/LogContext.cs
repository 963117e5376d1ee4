using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Local;

/// <summary>What the logs of a store share. Any thread.</summary>
/// <param name="Work">Runs on the worker for files: opening, making, deleting, preparing.</param>
/// <param name="Closed">Told when a log has been closed.</param>
internal sealed record LogContext(
    IDisk Disk, LocalStoreOptions Options, SegmentFiles Files, Flusher Flusher, Prng Random, Action<Action> Work, Action<SegmentLog> Closed)
{
    private readonly Lock _lock = new();

    /// <summary>A random number that nothing on the disk is likely to have; never 0.</summary>
    public ulong DrawMark()
    {
        lock (_lock) return Random.Next() | 1;
    }

    /// <summary>Segments nobody needs any more become spare files, or are deleted. On the worker that flushes.</summary>
    public void Recycle(Segment[] segments)
    {
        foreach (var segment in segments) segment.Dispose();
        Work(() =>
        {
            try
            {
                foreach (var segment in segments) Files.TakeBack(segment.Path, segment.Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Nothing refers to the file: the next opening of the log deletes it.
            }
        });
    }

    /// <summary>Prepares spare files in the background.</summary>
    public void ReplenishSpares() => Work(Files.Replenish);
}
