using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local;

namespace ActorRuntime.Benchmarks;

/// <summary>The local store: appending to the mapping, group commit by callers of one log and of many, and opening a log.</summary>
/// <remarks>In the directory for temporary files, which must be on a disk, not on tmpfs, for the figures of group commit to mean anything.
/// Blocks have 200 bytes of payload and are made beforehand: their digests are not what is measured.</remarks>
internal static class BlockBenchmarks
{
    private const int PayloadLength = 200;
    private const int Appended = 200_000;
    private const int Reopened = 100_000;

    /// <summary>All cases.</summary>
    public static IEnumerable<Case> Blocks()
    {
        var chain = Chain(Appended);
        yield return new($"append {Appended:N0} blocks", "ns/block", () => AppendAsync(chain), sample => sample.Elapsed.TotalNanoseconds / sample.Operations);
        foreach (var callers in new[] { 1, 16, 256 })
            yield return new($"group commit, 1 log, {callers} callers", "blocks/s", () => CommitAsync(1, callers, callers * (callers == 1 ? 2_000 : 500)));
        foreach (var logs in new[] { 16, 64 })
            yield return new($"group commit, {logs} logs, 1 caller each", "blocks/s", () => CommitAsync(logs, 1, logs * 200));
        using var directory = new TemporaryDirectory();
        yield return new($"open a log of {Reopened:N0} blocks", "s", () => ReopenAsync(directory, chain), sample => sample.Elapsed.TotalSeconds);
    }

    private static async Task<Sample> AppendAsync(Block[] chain)
    {
        using var directory = new TemporaryDirectory();
        var store = await OpenAsync(directory, FlushPolicy.Process).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            var log = await store.CreateAsync("bench", default, CancellationToken.None).ConfigureAwait(false);
            var meter = Meter.Start();
            foreach (var block in chain) log.Append(block);
            return meter.Stop(chain.Length);
        }
    }

    /// <summary>Each caller appends a block, waits until it is on the disk, and appends the next.</summary>
    private static async Task<Sample> CommitAsync(int logs, int callersEach, int count)
    {
        using var directory = new TemporaryDirectory();
        var store = await OpenAsync(directory, FlushPolicy.GroupCommit).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            var opened = new IBlockLog[logs];
            for (var i = 0; i < logs; i++) opened[i] = await store.CreateAsync($"bench/{i}", default, CancellationToken.None).ConfigureAwait(false);
            var payload = new byte[PayloadLength];
            var callers = logs * callersEach;
            var meter = Meter.Start();
            var running = new Task[callers];
            for (var i = 0; i < callers; i++) running[i] = CallAsync(opened[i % logs], payload, count / callers);
            await Task.WhenAll(running).ConfigureAwait(false);
            return meter.Stop(count / callers * callers);
        }
    }

    private static async Task CallAsync(IBlockLog log, byte[] payload, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Task flushed;
            lock (log)
            {
                log.Append(Block.Create(log.Head.Height + 1, 1, log.Head.Digest, payload));
                flushed = log.FlushAsync();
            }
            await flushed.ConfigureAwait(false);
        }
    }

    private static async Task<Sample> ReopenAsync(TemporaryDirectory directory, Block[] chain)
    {
        if (!directory.IsFilled)
        {
            var filled = await OpenAsync(directory, FlushPolicy.GroupCommit).ConfigureAwait(false);
            var log = await filled.CreateAsync("bench", default, CancellationToken.None).ConfigureAwait(false);
            foreach (var block in chain.AsSpan(0, Reopened)) log.Append(block);
            await filled.DisposeAsync().ConfigureAwait(false);
            directory.IsFilled = true;
        }
        var meter = Meter.Start();
        var store = await OpenAsync(directory, FlushPolicy.GroupCommit).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            var log = (await store.OpenLogAsync("bench", CancellationToken.None).ConfigureAwait(false))!;
            var sample = meter.Stop(Reopened);
            if (log.Head.Height != Reopened) throw new InvalidOperationException($"{log.Head.Height} of {Reopened} blocks are there");
            return sample;
        }
    }

    private static Block[] Chain(int count)
    {
        var chain = new Block[count];
        var (previous, payload) = (BlockDigest.Zero, new byte[PayloadLength]);
        for (var i = 0; i < count; i++) previous = (chain[i] = Block.Create(i + 1, 1, previous, payload)).Digest;
        return chain;
    }

    private static async Task<SegmentStore> OpenAsync(TemporaryDirectory directory, FlushPolicy flush)
    {
        var store = new SegmentStore(new LocalStoreOptions { Directory = Path.Combine(directory.Path, "blocks"), Flush = flush }, new ProductionEnvironment());
        await store.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        return store;
    }
}
