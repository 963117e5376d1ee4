using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.TestKit;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence.Tests.Blocks;

public sealed class InMemoryBlockStoreTests : BlockStoreSpec
{
    private readonly InMemoryBlockStore _store = new(new Prng(1));

    protected override Task<IBlockStore> ConnectAsync() => Task.FromResult<IBlockStore>(_store);
}
