using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Persistence.Sql.Sqlite;
using ActorRuntime.Persistence.Tests.Conformance;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Snapshot;

public sealed class SqliteSnapshotStoreTests : SnapshotStoreConformance
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    private SqliteJournalOptions Options => new() { Path = _directory.File("journal.db"), WriteTimeout = TimeSpan.FromMinutes(1) };

    protected override ISnapshotStore Connect() => new SqliteSnapshotStore(Options, _environment);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task Damaged_snapshot_is_named_and_the_older_one_is_there()
    {
        var store = Open();
        await store.SaveAsync(Snapshot(10));
        await store.SaveAsync(Snapshot(20));
        using (var database = new SqliteDatabase(Options.Path, mayCreate: false, Options.BusyTimeout))
        {
            database.Execute("update snapshot set payload = x'00' where sequence_nr = 20");
        }

        var damage = await Assert.ThrowsAsync<SnapshotDamagedException>(() => store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default));

        Assert.Equal(20, damage.Metadata.SequenceNr);
        Assert.NotNull(await store.LoadAsync("a", new SnapshotSelectionCriteria(19), default));
    }

    [Fact]
    public async Task Journal_and_snapshots_share_a_file()
    {
        await using var journal = new SqliteJournal(Options, _environment);
        var store = Open();

        await Task.WhenAll(journal.OpenAsync(default), store.OpenAsync(default));
        await store.SaveAsync(Snapshot(10));
        await journal.AppendAsync([new JournalEvent("a", 1, "m", 1, ReadOnlyMemory<byte>.Empty, DateTimeOffset.UnixEpoch, WriterFence.None)]);

        Assert.Equal(1, await journal.ReadHighestSequenceNrAsync("a", default));
    }
}
