using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>What every local store promises; <see cref="ConnectAsync"/> gives the store of the node, again after its process has ended.</summary>
public abstract class BlockStoreSpec : IAsyncLifetime
{
    /// <summary>A log's name as shards have it, with what file names cannot hold.</summary>
    protected const string Name = "Orders/17 ü:%*..";

    private IBlockStore? _store;

    /// <summary>Gives the store, not opened yet. The one given before was disposed of; what its logs hold is still there.</summary>
    protected abstract Task<IBlockStore> ConnectAsync();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
    }

    [Fact]
    public async Task Store_without_logs_has_none()
    {
        var store = await OpenAsync();

        Assert.Empty(store.Logs);
        Assert.Null(await store.OpenLogAsync(Name, default));
        await store.DeleteAsync(Name, default);
    }

    [Fact]
    public async Task Openings_of_the_store_are_counted()
    {
        Assert.Equal(1, (await OpenAsync()).OpenCount);
        Assert.Equal(2, (await ReopenAsync()).OpenCount);
        Assert.Equal(3, (await ReopenAsync()).OpenCount);
    }

    [Fact]
    public async Task New_log_is_empty_and_begins_where_it_was_told()
    {
        var store = await OpenAsync();
        var start = new BlockPlace(41, BlockDigest.Of([1]));

        var log = await store.CreateAsync(Name, start, default);

        Assert.Equal((start, start, 0), (log.Start, log.Head, log.Term));
        Assert.Equal(start.Digest, log.DigestAt(41));
        Assert.NotEqual(0ul, log.StoreId);
        Assert.Equal([Name], store.Logs);
        await log.FlushAsync();
    }

    [Fact]
    public async Task Blocks_and_terms_are_there_after_the_process_has_ended_in_order()
    {
        var (_, log) = await CreateAsync();
        log.RecordTerm(3);
        var blocks = Chain(log, 1, 40);
        await log.FlushAsync();
        log.RecordTerm(7);
        var id = log.StoreId;
        await log.DisposeAsync();

        log = await ReopenLogAsync();

        Assert.Equal((id, 7), (log.StoreId, log.Term));
        AssertHolds(log, new BlockPlace(0, BlockDigest.Zero), blocks);
    }

    [Fact]
    public async Task Large_and_empty_blocks_come_back_byte_by_byte()
    {
        var (_, log) = await CreateAsync();
        var large = new byte[3_000_000];
        for (var i = 0; i < large.Length; i++) large[i] = (byte)(i * 31);
        var first = Block.Create(1, 1, BlockDigest.Zero, large);
        var second = Block.Create(2, 1, first.Digest, []);
        log.Append(first);
        log.Append(second);
        await log.DisposeAsync();

        log = await ReopenLogAsync();

        AssertHolds(log, new BlockPlace(0, BlockDigest.Zero), [first, second]);
    }

    [Fact]
    public async Task What_is_truncated_is_gone_for_good_and_another_branch_goes_on()
    {
        var (_, log) = await CreateAsync();
        var old = Chain(log, 1, 30);
        await log.FlushAsync();

        log.TruncateAbove(30);
        Assert.Equal(30, log.Head.Height);
        log.TruncateAbove(12);
        Assert.Equal(new BlockPlace(12, old[11].Digest), log.Head);
        var other = Chain(log, 2, 5);
        await log.DisposeAsync();
        log = await ReopenLogAsync();

        AssertHolds(log, new BlockPlace(0, BlockDigest.Zero), [.. old[..12], .. other]);
    }

    [Fact]
    public async Task Log_truncated_to_its_start_is_empty_and_goes_on()
    {
        var start = new BlockPlace(9, BlockDigest.Of([9]));
        var store = await OpenAsync();
        var log = await store.CreateAsync(Name, start, default);
        Chain(log, 1, 3);

        log.TruncateAbove(9);
        Assert.Equal(start, log.Head);
        log.TruncateAbove(9);
        var blocks = Chain(log, 2, 2);
        await log.DisposeAsync();

        AssertHolds(await ReopenLogAsync(), start, blocks);
    }

    [Fact]
    public async Task Trimming_takes_nothing_above_the_height_and_may_be_repeated()
    {
        var (_, log) = await CreateAsync();
        var blocks = Chain(log, 1, 200);
        await log.FlushAsync();

        log.TrimTo(150);
        log.TrimTo(150);
        log.TrimTo(20);
        var start = log.Start;
        await log.FlushAsync();
        await log.DisposeAsync();
        log = await ReopenLogAsync();

        Assert.InRange(start.Height, 0, 150);
        AssertHolds(log, start, blocks[(int)start.Height..]);
        if (start.Height > 0) Assert.Equal(blocks[(int)start.Height - 1].Digest, log.DigestAt(start.Height));
    }

    [Fact]
    public async Task Log_made_again_is_another_one()
    {
        var (store, log) = await CreateAsync();
        log.RecordTerm(5);
        Chain(log, 1, 3);
        var id = log.StoreId;
        await log.DisposeAsync();

        log = await store.CreateAsync(Name, default, default);

        Assert.Equal((0L, 0L), (log.Head.Height, log.Term));
        Assert.NotEqual(id, log.StoreId);
    }

    [Fact]
    public async Task Logs_are_kept_apart_and_one_can_be_deleted()
    {
        var (store, first) = await CreateAsync();
        var second = await store.CreateAsync("Orders/18", default, default);
        var blocks = Chain(second, 1, 3);
        Chain(first, 1, 1);
        Assert.Equal(["Orders/17 ü:%*..", "Orders/18"], store.Logs);
        await first.DisposeAsync();
        await second.DisposeAsync();

        await store.DeleteAsync(Name, default);
        store = await ReopenAsync();

        Assert.Equal(["Orders/18"], store.Logs);
        Assert.Null(await store.OpenLogAsync(Name, default));
        AssertHolds((await store.OpenLogAsync("Orders/18", default))!, default, blocks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_calls_and_restarts_leave_what_a_model_holds(ulong seed)
    {
        var random = new Prng(seed);
        var model = new InMemoryBlockStore(new Prng(0));
        var expected = (InMemoryBlockLog)await model.CreateAsync(Name, default, default);
        var (_, log) = await CreateAsync();
        expected.RecordTerm(1);
        log.RecordTerm(1);
        for (var step = 0; step < 400; step++)
        {
            switch (random.Next() % 16)
            {
                case 0:
                    var height = expected.Start.Height + (long)(random.Next() % (ulong)(expected.Head.Height - expected.Start.Height + 1));
                    expected.TruncateAbove(height);
                    log.TruncateAbove(height);
                    break;
                case 1:
                    log.TrimTo(expected.Start.Height + (long)(random.Next() % (ulong)(expected.Head.Height - expected.Start.Height + 1)));
                    expected.TrimTo(log.Start.Height);
                    break;
                case 2:
                    expected.RecordTerm(expected.Term + 1);
                    log.RecordTerm(expected.Term);
                    break;
                case 3:
                    await log.FlushAsync();
                    break;
                case 4:
                    await log.DisposeAsync();
                    log = await ReopenLogAsync();
                    break;
                default:
                    var payload = new byte[random.Next() % 3000];
                    foreach (ref var b in payload.AsSpan()) b = (byte)random.Next();
                    var block = Block.Create(expected.Head.Height + 1, expected.Term, expected.Head.Digest, payload);
                    expected.Append(block);
                    log.Append(block);
                    break;
            }
            Assert.Equal((expected.Start, expected.Head, expected.Term), (log.Start, log.Head, log.Term));
        }
        await log.DisposeAsync();
        AssertHolds(await ReopenLogAsync(), expected.Start, Blocks(expected));
    }

    /// <summary>Fails unless the log holds exactly these blocks.</summary>
    protected static void AssertHolds(IBlockLog log, BlockPlace start, IReadOnlyList<Block> blocks)
    {
        Assert.Equal(start, log.Start);
        Assert.Equal(blocks is [.., var last] ? new BlockPlace(last.Height, last.Digest) : start, log.Head);
        Assert.Equal(start.Digest, log.DigestAt(start.Height));
        foreach (var block in blocks)
        {
            Assert.Equal(block.Digest, log.DigestAt(block.Height));
            Assert.True(block.Bytes.Span.SequenceEqual(log.Read(block.Height).Bytes.Span), $"other bytes at height {block.Height}");
        }
    }

    /// <summary>All that a log holds.</summary>
    protected static IReadOnlyList<Block> Blocks(IBlockLog log)
    {
        var blocks = new List<Block>();
        for (var height = log.Start.Height + 1; height <= log.Head.Height; height++) blocks.Add(log.Read(height));
        return blocks;
    }

    /// <summary>Appends some blocks of different sizes.</summary>
    protected static List<Block> Chain(IBlockLog log, long term, int count)
    {
        var blocks = new List<Block>();
        for (var i = 0; i < count; i++)
        {
            var payload = new byte[i * 37 % 500];
            payload.AsSpan().Fill((byte)(term * 50 + i));
            var block = Block.Create(log.Head.Height + 1, term, log.Head.Digest, payload);
            log.Append(block);
            blocks.Add(block);
        }
        return blocks;
    }

    protected async Task<IBlockStore> OpenAsync()
    {
        _store = await ConnectAsync();
        await _store.OpenAsync(default);
        return _store;
    }

    protected async Task<IBlockStore> ReopenAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        return await OpenAsync();
    }

    protected async Task<(IBlockStore Store, IBlockLog Log)> CreateAsync()
    {
        var store = await OpenAsync();
        return (store, await store.CreateAsync(Name, default, default));
    }

    protected async Task<IBlockLog> ReopenLogAsync() => (await (await ReopenAsync()).OpenLogAsync(Name, default))!;
}
