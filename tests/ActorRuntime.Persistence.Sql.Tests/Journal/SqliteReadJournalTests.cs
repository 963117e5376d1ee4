using System.Text;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Databases;
using ActorRuntime.Persistence.Sql.Sqlite;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

public sealed class SqliteReadJournalTests : ReadJournalSpec
{
    /// <summary>The tables of the first version, which had no order over persistence ids.</summary>
    private const string FirstVersion = """
        create table journal_event(
            persistence_id text not null, sequence_nr integer not null, manifest text not null, serializer_id integer not null, payload blob not null,
            checksum integer not null, writer_scope text not null, writer_term integer not null, timestamp_ms integer not null,
            primary key (persistence_id, sequence_nr)) without rowid;
        create table journal_deleted(persistence_id text primary key, to_sequence_nr integer not null) without rowid;
        create table shard_fence(scope text primary key, term integer not null, height integer not null) without rowid;
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    private SqliteJournalOptions Options => new()
    {
        Path = _directory.File("journal.db"),
        BusyTimeout = TimeSpan.FromSeconds(10),
        WriteTimeout = TimeSpan.FromMinutes(1),
        ReadTimeout = TimeSpan.FromMinutes(1),
    };

    protected override IOrderedJournal Connect() => new SqliteJournal(Options, _environment);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task File_of_the_first_version_is_upgraded_and_its_events_get_an_order_that_no_clock_turns_round()
    {
        using (var database = SqliteFile.Open(Options.Path, new SchemaComponent("journal", FirstVersion, []), Options.BusyTimeout, mayCreate: true))
        {
            Insert(database, "a", 1, at: 100);
            Insert(database, "a", 2, at: 50); // The clock of the node that took over was behind.
            Insert(database, "b", 1, at: 70);
            Insert(database, "b", 2, at: 120);
            database.Execute("insert into shard_fence values('s', 5, 3)");
        }
        await using var journal = Connect();

        Assert.Equal(["b1", "a1", "a2", "b2"], (await journal.ReadOrderedAsync(null, 0, 10, default)).Select(Text));
        Assert.Equal(3, await journal.RaiseFenceAsync(new WriterFence("s", 6), default));
        var added = new JournalEvent("a", 3, "m", 1, "a3"u8.ToArray(), DateTimeOffset.UnixEpoch, new WriterFence("s", 6)) { Tags = ["t"] };
        await journal.AppendAsync([added]);
        Assert.Equal("a3", Text(Assert.Single(await journal.ReadOrderedAsync("t", 4, 10, default))));
        Assert.Equal(5, await journal.ReadHighestPositionAsync(default));
        await journal.DeleteAsync(new WriterFence("s", 6), "a", 2);
        Assert.Equal(["b1", "b2", "a3"], (await journal.ReadOrderedAsync(null, 0, 10, default)).Select(Text));
    }

    [Fact]
    public async Task Deleted_events_leave_no_rows_behind()
    {
        await using var journal = Connect();
        await journal.AppendAsync([Event("a", 1), Event("a", 2)]);
        await journal.AppendAsync([Event("b", 1)]);

        await journal.DeleteAsync(WriterFence.None, "a", long.MaxValue);

        using var database = new SqliteDatabase(Options.Path, mayCreate: false, Options.BusyTimeout);
        Assert.Equal(1, database.QueryNumber("select count(*) from journal_position"));
        Assert.Equal(1, database.QueryNumber("select count(*) from journal_tag"));
    }

    private static JournalEvent Event(string id, long number) =>
        new(id, number, "m", 1, "x"u8.ToArray(), DateTimeOffset.UnixEpoch, WriterFence.None) { Tags = ["t"] };

    private static void Insert(SqliteDatabase database, string id, int number, long at)
    {
        var payload = Encoding.UTF8.GetBytes($"{id}{number}");
        database.Execute($"""
            insert into journal_event values('{id}', {number}, 'm', 1, x'{Convert.ToHexString(payload)}', {Checksum.Of(payload)}, '', 0, {at})
            """);
    }

    private static string Text(OrderedEvent stored) => Encoding.UTF8.GetString(stored.Event.Payload.Span);
}
