using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Simulation.World;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Stores;

/// <summary>One process's local store on its machine's disk. Writes reach the kernel at once, flushes take as long as the disk needs.</summary>
internal class SimulatedBlockStore(SimulatedWorld world, SimulatedProcess process, Prng random) : IBlockStore
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(200);

    private SimulatedDisk Disk => process.Host.Disk;

    public IReadOnlyList<string> Logs => [.. Disk.Logs.Keys.Where(path => path.StartsWith(Path(""), StringComparison.Ordinal)).Select(path => path[Path("").Length..])];

    public long OpenCount => process.Id;

    public Task OpenAsync(CancellationToken cancellationToken) => After(static () => true);

    public Task<IBlockLog?> OpenLogAsync(string name, CancellationToken cancellationToken) =>
        After<IBlockLog?>(() => Disk.Logs.TryGetValue(Path(name), out var log) ? Reopen(log) : null);

    public Task<IBlockLog> CreateAsync(string name, BlockPlace start, CancellationToken cancellationToken) => After<IBlockLog>(() =>
    {
        Disk.ThrowIfFull(name);
        return Hold(Disk.Logs[Path(name)] = new DiskLog(random.Next() | 1, start));
    });

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => After(() => Disk.Logs.Remove(Path(name)));

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Whether a flush waits for the disk.</summary>
    protected virtual Task FlushAsync(DiskLog log)
    {
        var (begun, term) = (log.Blocks.Head, log.Blocks.Term);
        if (Disk.Flush == FlushPolicy.GroupCommit) return After(Flushed);
        if (Disk.Flush == FlushPolicy.Os) world.Agenda.At(world.Agenda.Now + FlushInterval.Ticks, new Call(() => _ = After(Flushed)));
        return Task.CompletedTask;

        bool Flushed()
        {
            log.Flushed(begun, term);
            return true;
        }
    }

    /// <summary>The log as a process finds it.</summary>
    protected virtual void OnOpening(DiskLog log) { }

    private Open Hold(DiskLog log)
    {
        Invariant.Holds(log.Holder is not { IsAlive: true });
        log.OnOpened(process);
        return new Open(this, log);
    }

    private Open Reopen(DiskLog log)
    {
        OnOpening(log);
        return Hold(log);
    }

    private string Path(string name) => $"{process.Name}/{name}";

    /// <summary>The disk does it, then the process hears of it.</summary>
    private Task<T> After<T>(Func<T> perform)
    {
        var pending = new Pending<T>(process, default);
        world.Agenda.At(world.Agenda.Now + Disk.NextDelay().Ticks, new Call(() =>
        {
            if (!process.IsAlive) return;
            try
            {
                Disk.ThrowNowAndThen("the local store");
                var result = perform();
                pending.Answer(() => result);
            }
            catch (IOException failed)
            {
                pending.Answer(() => throw new BlockStoreException(failed.Message, failed));
            }
        }));
        return pending.Task;
    }

    private sealed class Open(SimulatedBlockStore store, DiskLog log) : IBlockLog
    {
        public ulong StoreId => log.Blocks.StoreId;

        public long Term => log.Blocks.Term;

        public BlockPlace Start => log.Blocks.Start;

        public BlockPlace Head => log.Blocks.Head;

        public long Bytes => log.Blocks.Bytes;

        public void RecordTerm(long term) => log.Blocks.RecordTerm(term);

        public void Append(Block block)
        {
            store.Disk.ThrowIfFull("the local store");
            log.Blocks.Append(block);
        }

        public void TruncateAbove(long height)
        {
            log.Blocks.TruncateAbove(height);
            log.OnTruncated(height);
        }

        public Block Read(long height) => log.Blocks.Read(height);

        public BlockDigest DigestAt(long height) => log.Blocks.DigestAt(height);

        public Task FlushAsync() => store.FlushAsync(log);

        public void TrimTo(long height) => log.Blocks.TrimTo(height);

        public ValueTask DisposeAsync()
        {
            log.OnClosed();
            return ValueTask.CompletedTask;
        }
    }
}
