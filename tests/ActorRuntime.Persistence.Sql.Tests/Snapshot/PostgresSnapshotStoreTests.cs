using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Snapshot;
using ActorRuntime.Persistence.Sql.Snapshot;
using ActorRuntime.Persistence.Sql.Tests.Postgres;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Snapshot;

[NeedsPostgres]
public sealed class PostgresSnapshotStoreTests : SnapshotStoreSpec
{
    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();

    protected override ISnapshotStore Connect() => new PostgresSnapshotStore(_database.Patient, _environment);

    [Fact]
    public async Task Damaged_snapshot_is_named()
    {
        var store = Open();
        await store.SaveAsync(WriterFence.None, Snapshot(10));
        _database.Execute(@"update snapshot set payload = '\x2a'");

        var damaged = await Assert.ThrowsAsync<SnapshotDamagedException>(() => store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default));

        Assert.Equal(10, damaged.Metadata.SequenceNr);
    }

    [Fact]
    public async Task Ended_session_costs_the_caller_nothing()
    {
        var store = Open();
        await store.SaveAsync(WriterFence.None, Snapshot(10));
        _database.EndSessions();

        await store.SaveAsync(WriterFence.None, Snapshot(20));

        _database.EndSessions();
        Assert.Equal(20, (await store.LoadAsync("a", SnapshotSelectionCriteria.Latest, default))!.Metadata.SequenceNr);
    }
}
