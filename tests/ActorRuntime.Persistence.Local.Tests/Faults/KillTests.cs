using System.Diagnostics;
using System.Globalization;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>
/// Goal: <c>kill -9</c> in the middle of appends takes nothing that an append had returned for, under any flush policy, and the log stays
/// the same. Method: a process that appends and tells; killed at a random moment, several times over one store.
/// </summary>
[Trait("Requirement", "SR-5")]
public sealed class KillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(FlushPolicy.Process)]
    [InlineData(FlushPolicy.Os)]
    [InlineData(FlushPolicy.GroupCommit)]
    public async Task All_that_was_appended_is_there(FlushPolicy flush)
    {
        var path = _directory.File("blocks");
        var random = new Prng((ulong)flush + 1);
        string? storeId = null;
        for (var life = 0; life < 3; life++)
        {
            using var process = AppendingProcess.Start(path, flush);
            string? id;
            (long Height, long Term) told = default;
            try
            {
                id = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
                var lines = random.Next() % 5000 + 1;
                while (lines-- > 0) told = Told((await process.StandardOutput.ReadLineAsync().WaitAsync(Patience))!);
                if (life == 1) await AssertRefusedAsync(path, process);
            }
            finally
            {
                process.Kill(); // SIGKILL
            }
            while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line && line.Contains(' ')) told = Told(line);
            await process.WaitForExitAsync().WaitAsync(Patience);

            var store = new SegmentStore(TestLogs.Options(path, flush), new ProductionEnvironment());
            await using (store.ConfigureAwait(false))
            {
                await store.OpenAsync(default);
                var log = await store.OpenLogAsync(TestLogs.Name, default);
                Assert.NotNull(log);
                Assert.InRange(log.Head.Height, told.Height, told.Height + 1);
                Assert.InRange(log.Term, told.Term, told.Term + 1);
                Assert.Equal(id, log.StoreId.ToString(CultureInfo.InvariantCulture));
                Assert.Equal(storeId ?? id, id);
                TestLogs.AssertIntact(log);
                storeId = id;
            }
        }
    }

    private static async Task AssertRefusedAsync(string path, Process holder)
    {
        var second = new SegmentStore(TestLogs.Options(path), new ProductionEnvironment());
        var refused = await Assert.ThrowsAsync<BlockStoreException>(() => second.OpenAsync(default));
        Assert.Contains($"in use by process {holder.Id} ", refused.Message, StringComparison.Ordinal);
        await second.DisposeAsync();
    }

    private static (long Height, long Term) Told(string line)
    {
        var parts = line.Split(' ');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
