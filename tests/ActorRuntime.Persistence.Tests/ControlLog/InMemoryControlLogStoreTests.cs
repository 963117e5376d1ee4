using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Tests.ControlLog;

public sealed class InMemoryControlLogStoreTests : ControlLogStoreSpec
{
    private readonly InMemoryControlLog _log = new(new ControlLogIdentity(7, new byte[32]), TimeProvider.System);

    protected override IControlLogStore Connect() => new InMemoryControlLogStore(_log);

    [Fact]
    public async Task Unreachable_store_fails_every_call_of_that_system_alone()
    {
        var cut = new InMemoryControlLogStore(_log) { IsUnreachable = true };

        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await cut.OpenAsync(default));
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await cut.ReadHeadAsync(default));
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await cut.AppendAsync(Entry(0, "p1"), default));
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await cut.RenewWitnessAsync("n1", 1, default));

        Assert.Equal(0, await Open().ReadHeadAsync(default));
        Assert.Empty(await Open().ReadWitnessesAsync(default));
        cut.IsUnreachable = false;
        Assert.Equal(AppendOutcome.Applied, await cut.AppendAsync(Entry(0, "p1"), default));
    }

    [Fact]
    public async Task Unknown_append_may_be_there_or_lost()
    {
        var store = new InMemoryControlLogStore(_log);
        store.FailNextAppend(AppendFault.Applied);
        store.FailNextAppend(AppendFault.Lost);

        Assert.Equal(AppendOutcome.Unknown, await store.AppendAsync(Entry(0, "p1"), default));
        Assert.Equal(AppendOutcome.Unknown, await store.AppendAsync(Entry(1, "p2"), default));
        Assert.Equal(AppendOutcome.Applied, await store.AppendAsync(Entry(1, "p3"), default));

        Assert.Equal(["p1", "p3"], (await store.ReadAsync(1, 9, default)).Select(row => row.ProposalId));
        Assert.Null(_log.DeliverLate());
    }

    [Fact]
    public async Task Late_append_arrives_when_told_and_only_if_its_head_still_stands()
    {
        var store = new InMemoryControlLogStore(_log);
        store.FailNextAppend(AppendFault.AppliedLate);
        store.FailNextAppend(AppendFault.AppliedLate);
        await store.AppendAsync(Entry(0, "p1"), default);
        await store.AppendAsync(Entry(0, "p2"), default);
        Assert.Equal((0, 2), (await store.ReadHeadAsync(default), _log.LateCount));

        Assert.Equal(AppendOutcome.Applied, _log.DeliverLate());
        Assert.Equal(AppendOutcome.Conflict, _log.DeliverLate());

        Assert.Equal("p1", Assert.Single(await store.ReadAsync(1, 9, default)).ProposalId);
    }
}
