using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Sqlite;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Snapshot;

public sealed class SqliteSnapshotStoreTests : SnapshotStoreSpec
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
        await store.SaveAsync(WriterFence.None, Snapshot(10));
        await store.SaveAsync(WriterFence.None, Snapshot(20));
        using (var database = new SqliteDatabase(Options.Path, mayCreate: false, Options.BusyTimeout))
        {
            database.Execute("update snapshot set payload = x'00' where sequence_nr = 20");
        }

        var damage = await Assert.ThrowsAsync<SnapshotDamagedException>(() => store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default));

        Assert.Equal(20, damage.Metadata.SequenceNr);
        Assert.NotNull(await store.LoadAsync("a", new SnapshotSelectionCriteria(19), default));
    }

    [Fact]
    public async Task File_of_the_first_version_is_upgraded_with_its_snapshots()
    {
        const string first = """
            create table snapshot(persistence_id text not null, sequence_nr integer not null, timestamp_ms integer not null,
                manifest text not null, serializer_id integer not null, payload blob not null, checksum integer not null,
                primary key (persistence_id, sequence_nr));
            """;
        using (var database = SqliteFile.Open(Options.Path, new SchemaComponent("snapshot", first, []), Options.BusyTimeout, mayCreate: true))
        {
            database.Execute($"insert into snapshot values('a', 7, 0, 'state@1', 42, x'07', {Checksum.Of([7])})");
        }
        var store = Open();

        Assert.Equal(7, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
        await store.RaiseFenceAsync(new WriterFence("s", 5), default);
        await Assert.ThrowsAsync<FencedException>(() => store.DeleteAsync(new WriterFence("s", 4), "a", SnapshotSelectionCriteria.Latest));
    }

    [Fact]
    public async Task Journal_and_snapshots_share_a_file()
    {
        await using var journal = new SqliteJournal(Options, _environment);
        var store = Open();

        await Task.WhenAll(journal.OpenAsync(default), store.OpenAsync(default));
        await store.SaveAsync(WriterFence.None, Snapshot(10));
        await journal.AppendAsync([new JournalEvent("a", 1, "m", 1, ReadOnlyMemory<byte>.Empty, DateTimeOffset.UnixEpoch, WriterFence.None)]);

        Assert.Equal(1, await journal.ReadHighestSequenceNrAsync("a", default));
    }
}
