using ActorRuntime.Persistence.Snapshot;
using Xunit;

namespace ActorRuntime.Persistence.Tests.Conformance;

/// <summary>What every snapshot store promises; <see cref="Connect"/> gives one more process's access to the same store.</summary>
public abstract class SnapshotStoreConformance : IAsyncLifetime
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
        await a.SaveAsync(Snapshot(10));
        await a.SaveAsync(saved);

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
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(Snapshot(number));

        var loaded = await store.LoadAsync("a", new SnapshotSelectionCriteria(max), default);

        Assert.Equal(expected, loaded?.Metadata.SequenceNr);
    }

    [Fact]
    public async Task Newest_within_the_time_bound_is_chosen()
    {
        var store = Open();
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(Snapshot(number));

        var loaded = await store.LoadAsync("a", new SnapshotSelectionCriteria(long.MaxValue, Noon.AddSeconds(20)), default);

        Assert.Equal(20, loaded!.Metadata.SequenceNr);
        Assert.Null(await store.LoadAsync("a", SnapshotSelectionCriteria.None, default));
    }

    [Fact]
    public async Task Snapshot_of_the_same_number_is_replaced()
    {
        var store = Open();
        await store.SaveAsync(Snapshot(10));
        await store.SaveAsync(Snapshot(10) with { Payload = new byte[] { 9 } });

        Assert.Equal([9], (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Payload.ToArray());
    }

    [Fact]
    public async Task Deletion_takes_what_is_within_bounds_and_nothing_else()
    {
        var store = Open();
        foreach (var number in new[] { 10, 20, 30 }) await store.SaveAsync(Snapshot(number));
        await store.SaveAsync(Snapshot(20) with { Metadata = new SnapshotMetadata("b", 20, Noon) });

        await store.DeleteAsync("a", new SnapshotSelectionCriteria(30, DateTime.MaxValue, minSequenceNr: 20));

        Assert.Equal(10, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
        Assert.NotNull(await store.LoadAsync("b", SnapshotSelectionCriteria.Latest, default));
    }

    [Fact]
    public async Task Large_snapshot_survives()
    {
        var store = Open();
        var large = new byte[5_000_000];
        for (var i = 0; i < large.Length; i++) large[i] = (byte)(i * 31);

        await store.SaveAsync(Snapshot(1) with { Payload = large });

        Assert.Equal(large, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Payload.ToArray());
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
