using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Recovery;
using Xunit;
using static ActorRuntime.Persistence.Local.Tests.TestLogs;

namespace ActorRuntime.Persistence.Local.Tests.Recovery;

/// <summary>A store is read beside the process that has it open.</summary>
[Trait("Requirement", "SR-2")]
public sealed class StoreReadingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_block_of_an_open_store_is_read_and_the_store_goes_on()
    {
        await using var store = new SegmentStore(Options(_directory.File("blocks")), _environment);
        await store.OpenAsync(default);
        await using var log = await store.CreateAsync(Name, default, default);
        Append(log, 1_000);

        var (logs, blocks) = Read();

        Assert.Equal((1, log.Head.Height), (logs, blocks.Count));
        Assert.Equal(log.Head.Digest, blocks[^1].Digest);
        Append(log, 10);
        AssertIntact(log);
    }

    [Fact]
    public async Task A_log_that_is_trimmed_meanwhile_is_no_damage()
    {
        await using var store = new SegmentStore(Options(_directory.File("blocks")), _environment);
        await store.OpenAsync(default);
        await using var log = await store.CreateAsync(Name, default, default);
        Append(log, 1_000);
        var isTrimmed = false;

        var highest = 0L;
        StoreReading.Run(_directory.File("blocks"), _environment, (_, block) =>
        {
            highest = Math.Max(highest, block.Height);
            if (isTrimmed || block.Height < 3) return;
            isTrimmed = true;
            log.TrimTo(900);
        });

        Assert.Equal((true, log.Head.Height), (isTrimmed, highest));
    }

    [Fact]
    public async Task Damage_is_told()
    {
        await using (var store = new SegmentStore(Options(_directory.File("blocks")), _environment))
        {
            await store.OpenAsync(default);
            await using var log = await store.CreateAsync(Name, default, default);
            Append(log, 100);
            await log.FlushAsync();
        }
        Flip(Segment(_directory.File("blocks"), 1), 5_000);

        Assert.Contains("is damaged", Assert.Throws<BlockStoreException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_store_there_is_nothing_to_read() => Assert.Equal(0, Read().Logs);

    private (int Logs, List<Block> Blocks) Read()
    {
        var blocks = new List<Block>();
        return (StoreReading.Run(_directory.File("blocks"), _environment, (_, block) => blocks.Add(block)), blocks);
    }
}
