using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.TestKit;

namespace ActorRuntime.Persistence.Local.Tests;

/// <summary>The contract of all local stores, on a disk, under each flush policy.</summary>
public abstract class SegmentStoreTests(FlushPolicy flush) : BlockStoreSpec
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override Task<IBlockStore> ConnectAsync() => Task.FromResult<IBlockStore>(new SegmentStore(
        new LocalStoreOptions
        {
            Directory = _directory.File("blocks"), Flush = flush, FlushInterval = TimeSpan.FromMilliseconds(5), SegmentSize = 64 * 1024,
            LogBytesMax = 16 << 20, BytesMax = 32 << 20,
        },
        _environment));
}

public sealed class ProcessSegmentStoreTests() : SegmentStoreTests(FlushPolicy.Process);

public sealed class OsSegmentStoreTests() : SegmentStoreTests(FlushPolicy.Os);

public sealed class GroupCommitSegmentStoreTests() : SegmentStoreTests(FlushPolicy.GroupCommit);
