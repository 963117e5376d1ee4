using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.World;

/// <summary>Small files and lock files of one machine, with the faults of a disk.</summary>
internal sealed class SimulatedDisk(Prng faults) : IDurableFiles
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Lock> _locks = new(StringComparer.Ordinal);

    /// <summary>Logs of local stores, by node and name.</summary>
    public SortedDictionary<string, DiskLog> Logs { get; } = new(StringComparer.Ordinal);

    /// <summary>What a flush of a log promises.</summary>
    public FlushPolicy Flush { get; set; }

    /// <summary>Percentage of writes and reads that fail; a write that fails has happened or not.</summary>
    public int ErrorPercent { get; set; }

    /// <summary>Every write fails, and nothing of it is there.</summary>
    public bool IsFull { get; set; }

    /// <summary>How long a write may take.</summary>
    public TimeSpan DelayMax { get; set; } = TimeSpan.FromMilliseconds(5);

    public string? Read(string path)
    {
        ThrowNowAndThen(path);
        return _files.GetValueOrDefault(path);
    }

    public void Replace(string path, string content)
    {
        if (IsFull) throw new IOException($"Cannot write {path}: no space left on device");
        if (faults.Chance(50)) ThrowNowAndThen(path);
        _files[path] = content;
        ThrowNowAndThen(path);
    }

    /// <summary>A new, empty disk, after its machine has lost its power.</summary>
    public void Lose()
    {
        _files.Clear();
        _locks.Clear();
        Logs.Clear();
    }

    /// <summary>What was not flushed is torn.</summary>
    public void LosePower()
    {
        foreach (var log in Logs.Values) log.LosePower(Flush, faults);
    }

    /// <exception cref="BlockStoreException">No space is left.</exception>
    public void ThrowIfFull(string path)
    {
        if (IsFull) throw new BlockStoreException($"Cannot write {path}: no space left on device");
    }

    /// <summary>The time one write takes.</summary>
    public TimeSpan NextDelay() => faults.Below(DelayMax + TimeSpan.FromTicks(1));

    public ILockFile? TryLock(SimulatedProcess process, string path, string content)
    {
        if (_locks.TryGetValue(path, out var held) && held.Holder is not null) return null;
        var taken = new Lock(this, path) { Holder = process, Content = content };
        _locks[path] = taken;
        return taken;
    }

    public bool IsHolderGone(string path, string content) => _locks.TryGetValue(path, out var held) && held.Holder is null && held.Content == content;

    /// <summary>What the kernel does when a process has ended.</summary>
    public void ReleaseLocks(SimulatedProcess process)
    {
        foreach (var held in _locks.Values)
        {
            if (held.Holder == process) held.Holder = null;
        }
    }

    /// <exception cref="IOException">By chance.</exception>
    public void ThrowNowAndThen(string path)
    {
        if (ErrorPercent == 0 || !faults.Chance(ErrorPercent)) return;
        throw new IOException($"{path}: input/output error (injected)");
    }

    private sealed class Lock(SimulatedDisk disk, string path) : ILockFile
    {
        public SimulatedProcess? Holder { get; set; }

        public string Content { get; set; } = "";

        public void Rewrite(string content)
        {
            disk.ThrowNowAndThen(path);
            Content = content;
        }

        public void Dispose() => Holder = null;
    }
}
