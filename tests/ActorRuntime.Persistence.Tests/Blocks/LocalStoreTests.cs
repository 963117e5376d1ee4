using ActorRuntime.Actor;
using ActorRuntime.Actor.Setup;
using ActorRuntime.Persistence.Blocks;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Blocks;

/// <summary>A node whose next life opens the store of this one has to know when that is free.</summary>
public sealed class LocalStoreTests
{
    [Fact, Trait("Requirement", "SR-5")]
    public async Task Store_is_closed_once_it_has_let_go_of_the_disk()
    {
        var store = new SlowlyClosing();
        var system = ActorSystem.Create("ended", ActorSystemSetup.Create(PersistenceSetup.Create().WithBlockStore(_ => store)));
        var persistence = Persistence.Instance.Get(system);
        await persistence.OpenBlockStoreAsync();
        await system.Terminate();

        var closed = persistence.CloseBlockStoreAsync();
        Assert.False(closed.IsCompleted);
        store.Closed.SetResult();
        await closed;
        Assert.Equal(1, store.Closings);
    }

    [Fact]
    public async Task Store_that_was_never_opened_is_closed()
    {
        var system = ActorSystem.Create("ended", ActorSystemSetup.Create(PersistenceSetup.Create().WithBlockStore(_ => new SlowlyClosing())));
        var persistence = Persistence.Instance.Get(system);
        await system.Terminate();
        await persistence.CloseBlockStoreAsync();
    }

    private sealed class SlowlyClosing : IBlockStore
    {
        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Closings { get; private set; }

        public long OpenCount => 1;

        public IReadOnlyList<string> Logs => [];

        public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IBlockLog?> OpenLogAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IBlockLog> CreateAsync(string name, BlockPlace start, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            Closings++;
            return new(Closed.Task);
        }
    }
}
