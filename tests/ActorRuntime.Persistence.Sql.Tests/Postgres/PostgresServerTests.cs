using System.Text;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Postgres;
using ActorRuntime.Persistence.Sql.Snapshot;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>What a server and its schema must be like, and what the server's refusals come to.</summary>
[NeedsPostgres]
public sealed class PostgresServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();
    private readonly List<IAsyncDisposable> _stores = [];

    private PostgresJournalOptions Impatient => _database.Patient with
    {
        Server = _database.Options with { CommandTimeout = TimeSpan.FromSeconds(2) }, WriteTimeout = TimeSpan.FromSeconds(4),
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task Stores_of_many_processes_that_find_no_tables_make_them_once()
    {
        IReadOnlyList<Task> opened =
        [
            .. Enumerable.Range(0, 6).Select(_ => Open(_database.Patient).OpenAsync(default)),
            .. Enumerable.Range(0, 4).Select(_ => Track(new PostgresSnapshotStore(_database.Patient, _environment)).OpenAsync(default)),
            .. Enumerable.Range(0, 4).Select(_ => OpenLog().OpenAsync(default).AsTask()),
        ];

        await Task.WhenAll(opened).WaitAsync(Patience);

        Assert.Equal(3, _database.Query<long>("select count(*) from component"));
        Assert.Equal(1, _database.Query<long>("select count(*) from control_log_identity"));
    }

    [Fact]
    public async Task Schema_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await Open(_database.Patient).OpenAsync(default);
        _database.Execute("update component set schema_version = 99");

        var refused = await Assert.ThrowsAsync<JournalException>(() => Open(_database.Patient).OpenAsync(default));

        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
        Assert.Equal(99, _database.Query<int>("select schema_version from component"));
    }

    [Fact]
    public void Older_schema_is_upgraded_in_one_transaction()
    {
        using var server = new PostgresServer(_database.Options);
        using (server.Open(new("thing", "create table thing(a integer);", []), mayCreate: true))
        {
        }
        string[] broken = ["alter table thing add b integer; alter table thing add b integer;"];
        Assert.Throws<StoreRefusedException>(() => server.Open(new("thing", "", broken), mayCreate: true));
        Assert.Equal(1, _database.Query<int>("select schema_version from component"));

        using (server.Open(new("thing", "", ["alter table thing add b integer;"]), mayCreate: true))
        {
        }

        Assert.Equal(2, _database.Query<int>("select schema_version from component"));
        _database.Execute("insert into thing values(1, 2)");
    }

    [Fact]
    public async Task Schema_of_another_application_is_refused_and_left_as_it_is()
    {
        _database.Execute($"create schema {_database.Options.Schema}; create table {_database.Options.Schema}.theirs(a integer)");

        var refused = await Assert.ThrowsAsync<JournalException>(() => Open(_database.Patient).OpenAsync(default));

        Assert.Contains("another application", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, _database.Query<long>($"select count(*) from pg_tables where schemaname = '{_database.Options.Schema}'"));
    }

    [Fact]
    public async Task What_node_store_sql_prints_is_what_the_runtime_makes()
    {
        _database.Execute(PostgresStoreSql.Script(_database.Options.Schema));

        await Open(_database.Patient).AppendAsync([Event("a", 1)]);
        await Track(new PostgresSnapshotStore(_database.Patient, _environment)).OpenAsync(default);
        await OpenLog().OpenAsync(default);

        Assert.Equal(1, _database.Query<long>("select count(*) from journal_event"));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("local")]
    [InlineData("remote_write")]
    public async Task Server_that_acknowledges_what_a_failure_may_undo_is_refused(string level)
    {
        var options = _database.Options with { ConnectionString = $"{_database.Options.ConnectionString};Options=-c synchronous_commit={level}" };
        var log = Track(new PostgresControlLogStore(new() { Server = options, CallTimeout = Patience }, _environment));

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await log.OpenAsync(default));

        Assert.Contains($"synchronous_commit is {level}", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JournalException>(() => Open(_database.Patient with { Server = options }).OpenAsync(default));
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task Transaction_that_the_server_undid_is_repeated(string state)
    {
        var journal = Open(_database.Patient);
        await journal.AppendAsync([Event("a", 1)]);
        FailInserts(state, times: 3);

        await journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience);

        Assert.Equal(2, await journal.ReadHighestSequenceNrAsync("a", default));
        Assert.True(_database.Query<long>("select last_value from failures") > 3);
    }

    [Fact]
    public async Task Full_disk_of_the_server_is_named_at_once_and_the_next_write_tries_again()
    {
        var journal = Open(_database.Patient);
        await journal.AppendAsync([Event("a", 1)]);
        FailInserts("53100", times: 1);

        var full = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience));

        Assert.Contains("disk of the server is full", full.Message, StringComparison.Ordinal);
        Assert.Contains("not written", full.Message, StringComparison.Ordinal);
        await journal.AppendAsync([Event("a", 2)]);
    }

    [Fact]
    public async Task Lock_that_somebody_holds_is_waited_for_and_named_when_it_stays()
    {
        var journal = Open(Impatient);
        await journal.AppendAsync([Event("a", 1)]);
        using (_database.HoldJournal())
        {
            var late = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience));
            Assert.Contains("command-timeout", late.Message, StringComparison.Ordinal);
            Assert.Contains("not written", late.Message, StringComparison.Ordinal);
        }

        await journal.AppendAsync([Event("a", 2)]);
    }

    /// <summary>Goal: a group costs no more when the journal has grown, also by a plan that was made while it was empty. Method: the server
    /// counts the rows it looks at; sessions that end have told it all.</summary>
    [Fact]
    public async Task Events_are_found_by_keys()
    {
        const int groups = 20, units = 20, events = groups * units;
        await using (var journal = new PostgresJournal(_database.Patient, _environment))
        {
            for (var number = 1; number <= groups; number++)
                await Task.WhenAll(Enumerable.Range(0, units).Select(unit => journal.AppendAsync([Event($"unit-{unit}", number)])));
        }

        const string tables = "from pg_stat_user_tables where relname = 'journal_event' and schemaname = current_schema";
        const string indexes = "from pg_stat_user_indexes where relname = 'journal_event' and schemaname = current_schema";
        using var patience = new CancellationTokenSource(Patience);
        while (_database.Query<long>($"select n_tup_ins {tables}") < events) patience.Token.ThrowIfCancellationRequested();
        var read = _database.Query<long>($"select seq_tup_read {tables}") + _database.Query<long>($"select sum(idx_tup_read)::bigint {indexes}");
        Assert.True(read <= 2 * events, $"{read} rows read to write {events}");
    }

    [Theory]
    [InlineData("a\0b", "m", "t")]
    [InlineData("a", "m\0", "t")]
    [InlineData("a", "m", "\0")]
    [InlineData("a HALF", "m", "t")]
    public async Task Text_that_cannot_be_stored_is_rejected_and_hinders_nobody(string id, string manifest, string tag)
    {
        var journal = Open(_database.Patient);
        id = id.Replace("HALF", "\uD83D", StringComparison.Ordinal); // The test runner would mend it.
        var bad = new JournalEvent(id, 1, manifest, 1, "x"u8.ToArray(), DateTimeOffset.UnixEpoch, WriterFence.None) { Tags = [tag] };

        var rejected = journal.AppendAsync([bad]);
        await journal.AppendAsync([Event("emoji \U0001F600", 1)]);

        await Assert.ThrowsAsync<EventRejectedException>(() => rejected);
        Assert.Equal(["emoji \U0001F600"], await journal.ReadPersistenceIdsAsync("", 9, default));
    }

    [Fact]
    public async Task Damaged_event_is_named()
    {
        var journal = Open(_database.Patient);
        await journal.AppendAsync([Event("a", 1)]);
        _database.Execute(@"update journal_event set payload = '\x2a'");

        var damaged = await Assert.ThrowsAsync<JournalException>(() => journal.ReadOrderedAsync(null, 0, 9, default));

        Assert.Contains("event 1 of a", damaged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=app;Password=hidden-one", "")]
    [InlineData("Host=127.0.0.1;Port=1;Username=app", "hidden-one")]
    public async Task Password_is_in_no_message(string connectionString, string password)
    {
        var server = Impatient.Server with { ConnectionString = connectionString, Password = password };
        var journal = Open(Impatient with { Server = server });

        var failed = await Assert.ThrowsAsync<JournalException>(() => journal.OpenAsync(default).WaitAsync(Patience));

        Assert.Contains("PostgreSQL 127.0.0.1:1/app", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failed.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", server.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", (Impatient with { Server = server }).ToString(), StringComparison.Ordinal);
    }

    private static JournalEvent Event(string id, long number) =>
        new(id, number, "m", 1, Encoding.UTF8.GetBytes($"{id}:{number}"), DateTimeOffset.UnixEpoch, WriterFence.None);

    /// <summary>The server answers inserts of events with an error, some times; a sequence counts them, which no rollback undoes.</summary>
    private void FailInserts(string state, int times) => _database.Execute($"""
        create sequence failures;
        create function fail() returns trigger language plpgsql as $$ begin
            if nextval('{_database.Options.Schema}.failures') <= {times} then raise exception 'told to fail' using errcode = '{state}'; end if;
            return new;
        end $$;
        create trigger fail before insert on journal_event for each row execute function fail();
        """);

    private PostgresJournal Open(PostgresJournalOptions options) => Track(new PostgresJournal(options, _environment));

    private PostgresControlLogStore OpenLog() =>
        Track(new PostgresControlLogStore(new() { Server = _database.Options, CallTimeout = Patience, OpenTimeout = Patience }, _environment));

    private T Track<T>(T store)
        where T : IAsyncDisposable
    {
        _stores.Add(store);
        return store;
    }
}
