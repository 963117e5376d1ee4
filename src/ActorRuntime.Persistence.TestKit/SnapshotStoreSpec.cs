using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using Xunit;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>What every snapshot store promises; <see cref="Connect"/> gives one more process's access to the same store.</summary>
public abstract class SnapshotStoreSpec : IAsyncLifetime
{
    private static readonly DateTime Noon = new(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    private readonly List<ISnapshotStore> _stores = [];

    protected abstract ISnapshotStore Connect();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task Unknown_id_has_no_snapshot() => Assert.Null(await Open().LoadAsync("nobody", SnapshotSelectionCriteria.Latest, default));

    [Fact, Trait("Requirement", "AR-4")]
    public async Task Newest_snapshot_is_read_by_another_process_as_it_was_saved()
    {
        var (a, b) = (Open(), Open());
        var saved = Snapshot(20);
        await a.SaveAsync(WriterFence.None, Snapshot(10));
        await a.SaveAsync(WriterFence.None, saved);

        var loaded = await b.LoadAsync("a", SnapshotSelectionCriteria.Latest, default);

        Assert.Equal(saved.Payload.ToArray(), loaded!.Payload.ToArray());
        Assert.Equal(saved, loaded with { Payload = saved.Payload });
    }

    [Theory]
    [InlineData(19, 10L)]
    [InlineData(20, 20L)]
    [InlineData(9, null)]
    public async Task Newest_within_the_sequence_bound_is_chosen(long max, long? expected)
    {
        var store = Open();
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(WriterFence.None, Snapshot(number));

        var loaded = await store.LoadAsync("a", new SnapshotSelectionCriteria(max), default);

        Assert.Equal(expected, loaded?.Metadata.SequenceNr);
    }

    [Fact]
    public async Task Newest_within_the_time_bound_is_chosen()
    {
        var store = Open();
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(WriterFence.None, Snapshot(number));

        var loaded = await store.LoadAsync("a", new SnapshotSelectionCriteria(long.MaxValue, Noon.AddSeconds(20)), default);

        Assert.Equal(20, loaded!.Metadata.SequenceNr);
        Assert.Null(await store.LoadAsync("a", SnapshotSelectionCriteria.None, default));
    }

    [Fact]
    public async Task Snapshot_of_the_same_number_is_replaced()
    {
        var store = Open();
        await store.SaveAsync(WriterFence.None, Snapshot(10));
        await store.SaveAsync(WriterFence.None, Snapshot(10) with { Payload = new byte[] { 9 } });

        Assert.Equal([9], (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Payload.ToArray());
    }

    [Fact]
    public async Task Deletion_takes_what_is_within_bounds_and_nothing_else()
    {
        var store = Open();
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(WriterFence.None, Snapshot(number));
        await store.SaveAsync(WriterFence.None, Snapshot(20) with { Metadata = new SnapshotMetadata("b", 20, Noon) });

        await store.DeleteAsync(WriterFence.None, "a", new SnapshotSelectionCriteria(30, DateTime.MaxValue, minSequenceNr: 20));

        Assert.Equal(10, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
        Assert.NotNull(await store.LoadAsync("b", SnapshotSelectionCriteria.Latest, default));
    }

    [Fact]
    public async Task Large_snapshot_survives()
    {
        var store = Open();
        var large = new byte[5_000_000];
        for (var i = 0; i < large.Length; i++) large[i] = (byte)(i * 31);

        await store.SaveAsync(WriterFence.None, Snapshot(1) with { Payload = large });

        Assert.Equal(large, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Payload.ToArray());
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Thawed_writer_of_a_lower_term_neither_replaces_nor_deletes_what_its_successor_relies_on()
    {
        var (zombie, successor) = (Open(), Open());
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        await zombie.RaiseFenceAsync(old, default);
        await zombie.SaveAsync(old, Snapshot(10));
        await successor.RaiseFenceAsync(now, default);
        var relied = await successor.LoadAsync("a", SnapshotSelectionCriteria.Latest, default);

        var replaced = await Assert.ThrowsAsync<FencedException>(() => zombie.SaveAsync(old, Snapshot(10) with { Payload = new byte[] { 9 } }));
        await Assert.ThrowsAsync<FencedException>(() => zombie.SaveAsync(old, Snapshot(11)));
        await Assert.ThrowsAsync<FencedException>(() => zombie.DeleteAsync(old, "a", SnapshotSelectionCriteria.Latest));

        Assert.Equal((5L, 6L), (replaced.OwnTerm, replaced.CurrentTerm));
        var kept = await successor.LoadAsync("a", SnapshotSelectionCriteria.Latest, default);
        Assert.Equal(relied!.Metadata, kept!.Metadata);
        Assert.Equal(relied.Payload.ToArray(), kept.Payload.ToArray());
        await successor.SaveAsync(now, Snapshot(20));
        await successor.DeleteAsync(now, "a", new SnapshotSelectionCriteria(10));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Term_is_raised_before_it_saves_and_a_lower_one_no_more()
    {
        var (a, b) = (Open(), Open());
        var fence = new WriterFence("s", 6);

        await Assert.ThrowsAsync<FencedException>(() => a.SaveAsync(fence, Snapshot(1)));
        await a.RaiseFenceAsync(fence, default);
        await a.RaiseFenceAsync(fence, default);
        await Assert.ThrowsAsync<FencedException>(() => b.RaiseFenceAsync(new WriterFence("s", 5), default));

        await a.SaveAsync(fence, Snapshot(1));
        Assert.Null(await a.LoadAsync("b", SnapshotSelectionCriteria.Latest, default));
    }

    protected static StoredSnapshot Snapshot(long sequenceNr) =>
        new(new SnapshotMetadata("a", sequenceNr, Noon.AddSeconds(sequenceNr)), "state@1", 42, new[] { (byte)sequenceNr });

    protected ISnapshotStore Open()
    {
        var store = Connect();
        _stores.Add(store);
        return store;
    }
}
