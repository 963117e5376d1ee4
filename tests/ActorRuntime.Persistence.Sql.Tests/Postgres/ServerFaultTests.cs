using System.Text;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using Npgsql;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>Goal: the server may be stopped, killed, frozen, full or read-only: what was acknowledged is there, once, and every call ends.
/// Method: a server of the test's own, and writers under load that do what actors do: after a failure they read back and go on.</summary>
[NeedsPostgres, Trait("Requirement", "AR-5")]
public sealed class ServerFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ThrowawayServer _server = ThrowawayServer.Start();
    private readonly TestDatabase _database;
    private readonly ProductionEnvironment _environment = new();
    private readonly List<IAsyncDisposable> _stores = [];

    public ServerFaultTests() => _database = new TestDatabase(_server);

    private PostgresJournalOptions Impatient => _database.Patient with
    {
        Server = _database.Options with { CommandTimeout = TimeSpan.FromSeconds(1), ConnectTimeout = TimeSpan.FromSeconds(1) },
        WriteTimeout = TimeSpan.FromSeconds(2),
        ReadTimeout = TimeSpan.FromSeconds(2),
    };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        _server.Dispose();
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("restart")]
    [InlineData("end sessions")]
    public async Task Acknowledged_events_are_there_once_whatever_happens_to_the_server(string fault)
    {
        const int writers = 8, rounds = 4;
        var journal = Open(Impatient);
        using var stop = new CancellationTokenSource();
        var running = Enumerable.Range(0, writers).Select(writer => WriteAsync(journal, writer, stop.Token)).ToArray();

        for (var round = 1; round <= rounds; round++)
        {
            var goal = await HighestAsync(0) + 20;
            await UntilAsync(async () => await HighestAsync(0) >= goal);
            switch (fault)
            {
                case "kill":
                    _server.Kill();
                    _server.Restart();
                    break;
                case "restart":
                    _server.Stop();
                    _server.Restart();
                    break;
                default:
                    _database.EndSessions();
                    break;
            }
        }
        var last = await HighestAsync(0) + 20;
        await UntilAsync(async () => await HighestAsync(0) >= last);
        await stop.CancelAsync();

        var reader = Open(_database.Patient);
        foreach (var (writer, acknowledged) in (await Task.WhenAll(running).WaitAsync(Patience)).Index())
        {
            var stored = new List<string>();
            await foreach (var read in reader.ReadAsync($"unit-{writer}", 1, long.MaxValue, default)) stored.Add(Encoding.UTF8.GetString(read.Payload.Span));
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(number => $"{writer}:{number}"), stored);
            Assert.True(stored.Count >= acknowledged, $"unit-{writer}: {stored.Count} stored, {acknowledged} acknowledged");
        }
    }

    [Fact]
    public async Task Calls_to_a_frozen_server_end_and_what_they_came_to_is_settled_afterwards()
    {
        var journal = Open(Impatient);
        var log = OpenLog();
        await log.OpenAsync(default);
        await journal.RaiseFenceAsync(new WriterFence("s", 1), default);
        await journal.AppendAsync([Event(0, 1)]);
        _server.Freeze(true);

        var write = Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event(0, 2)]));
        await Assert.ThrowsAsync<StoreUnreachableException>(async () => await log.ReadHeadAsync(default)).WaitAsync(Patience);
        Assert.Equal(AppendOutcome.Unknown, await AppendReachedAsync(log).WaitAsync(Patience));
        Assert.Contains("unknown", (await write.WaitAsync(Patience)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JournalException>(() => journal.ReadHighestSequenceNrAsync("unit-0", default)).WaitAsync(Patience);

        _server.Freeze(false);
        var highest = 0L;
        await UntilAsync(async () => (highest = await TryHighestAsync(journal)) > 0);
        await UntilAsync(async () => await TryAppendAsync(journal, highest + 1));
        await AssertContiguousAsync(highest + 1);
    }

    [Fact]
    public async Task Read_only_server_is_waited_for_and_named_when_it_stays_so()
    {
        var journal = Open(Impatient);
        await journal.RaiseFenceAsync(new WriterFence("s", 1), default);
        await SetReadOnlyAsync("on");

        var refused = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event(0, 1)]).WaitAsync(Patience));
        Assert.Contains("takes no writes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("not written", refused.Message, StringComparison.Ordinal);

        var patient = Open(_database.Patient);
        var waiting = patient.RaiseFenceAsync(new WriterFence("t", 1), default);
        await SetReadOnlyAsync("off");
        await waiting.WaitAsync(Patience);
        await journal.AppendAsync([Event(0, 1)]);
        await AssertContiguousAsync(1);
    }

    [Fact]
    public async Task Server_without_a_free_connection_is_waited_for_and_named_when_it_stays_so()
    {
        _server.Stop();
        _server.Restart("max_connections=6", "superuser_reserved_connections=0", "max_wal_senders=0");
        var held = Enumerable.Range(0, 6).Select(_ =>
        {
            var connection = new NpgsqlConnection(_server.ConnectionString + ";Pooling=false");
            connection.Open();
            return connection;
        }).ToArray();

        var refused = await Assert.ThrowsAsync<JournalException>(() => Open(Impatient).OpenAsync(default).WaitAsync(Patience));
        Assert.Contains("max_connections", refused.Message, StringComparison.Ordinal);

        var waiting = Open(_database.Patient).RaiseFenceAsync(new WriterFence("s", 1), default);
        foreach (var connection in held) await connection.DisposeAsync();
        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task Standby_that_is_promoted_has_all_that_was_acknowledged_and_is_found_by_itself()
    {
        using var standby = _server.StartStandby();
        _server.WaitForSynchronousStandby();
        var hosts = _database.Options.ConnectionString.Replace(
            $"Host=127.0.0.1;Port={_server.Port}", $"Host=127.0.0.1:{standby.Port},127.0.0.1:{_server.Port}", StringComparison.Ordinal);
        var journal = Open(Impatient with { Server = Impatient.Server with { ConnectionString = hosts } });
        var log = OpenLog(hosts);
        await log.OpenAsync(default);
        Assert.Equal(AppendOutcome.Applied, await log.AppendAsync(new(0, "p1", "{}", []), default));
        using var stop = new CancellationTokenSource();
        var writing = WriteAsync(journal, 0, stop.Token);
        await UntilAsync(async () => await HighestAsync(0) >= 20);

        _server.Kill();
        standby.Promote();

        var promoted = new PostgresJournal(_database.Patient with { Server = _database.Options with { ConnectionString = hosts } }, _environment);
        _stores.Add(promoted);
        var goal = await promoted.ReadHighestSequenceNrAsync("unit-0", default) + 20;
        await UntilAsync(async () => await promoted.ReadHighestSequenceNrAsync("unit-0", default) >= goal);
        await stop.CancelAsync();
        var acknowledged = await writing.WaitAsync(Patience);
        Assert.True(await promoted.ReadHighestSequenceNrAsync("unit-0", default) >= acknowledged);
        await UntilAsync(async () => await TryHeadAsync(log) == 1);
        Assert.Equal(AppendOutcome.Applied, await log.AppendAsync(new(1, "p2", "{}", []), default));
    }

    /// <summary>As an actor: one event after the other, and what is stored decides after a failure.</summary>
    /// <returns>The highest number that was acknowledged.</returns>
    private static async Task<long> WriteAsync(PostgresJournal journal, int writer, CancellationToken stop)
    {
        var fence = new WriterFence($"shard-{writer % 3}", 1);
        var (number, acknowledged, isRaised) = (0L, 0L, false);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!isRaised) await journal.RaiseFenceAsync(fence, CancellationToken.None);
                if (!isRaised) number = await journal.ReadHighestSequenceNrAsync($"unit-{writer}", CancellationToken.None);
                isRaised = true;
                await journal.AppendAsync([Event(writer, number + 1, fence)]);
                acknowledged = ++number;
            }
            catch (JournalException e) when (e is not SequenceTakenException)
            {
                isRaised = false;
            }
        }
        return acknowledged;
    }

    private static JournalEvent Event(int writer, long number, WriterFence? fence = null) => new(
        $"unit-{writer}", number, "test-event@1", 42, Encoding.UTF8.GetBytes($"{writer}:{number}"), DateTimeOffset.UnixEpoch, fence ?? new WriterFence("s", 1));

    private PostgresJournal Open(PostgresJournalOptions options)
    {
        var journal = new PostgresJournal(options, _environment);
        _stores.Add(journal);
        return journal;
    }

    private PostgresControlLogStore OpenLog(string? hosts = null)
    {
        var server = Impatient.Server with { ConnectionString = hosts ?? Impatient.Server.ConnectionString };
        var store = new PostgresControlLogStore(
            new() { Server = server, CallTimeout = TimeSpan.FromSeconds(5), OpenTimeout = Patience }, _environment);
        _stores.Add(store);
        return store;
    }

    private Task SetReadOnlyAsync(string value)
    {
        using var connection = new NpgsqlConnection(_server.ConnectionString + ";Pooling=false");
        connection.Open();
        foreach (var sql in (string[])["set default_transaction_read_only = off", $"alter system set default_transaction_read_only = {value}", "select pg_reload_conf()"])
        {
            using var command = new NpgsqlCommand(sql, connection);
            command.ExecuteNonQuery();
        }
        return UntilAsync(() => Task.FromResult(_database.Query<string>("show default_transaction_read_only") == value));
    }

    /// <summary>An append that meets a session which stands; the first one may only notice that it does not.</summary>
    private static async Task<AppendOutcome> AppendReachedAsync(PostgresControlLogStore log)
    {
        try
        {
            return await log.AppendAsync(new(0, "p1", "{}", []), default);
        }
        catch (StoreUnreachableException)
        {
            return AppendOutcome.Unknown; // Stronger: it is known that nothing happened.
        }
    }

    /// <summary>What the server has, asked directly; waits while it is down.</summary>
    private async Task<long> HighestAsync(int writer)
    {
        var highest = -1L;
        await UntilAsync(() =>
        {
            try
            {
                highest = _database.Query<long>($"select coalesce(max(sequence_nr), 0) from journal_event where persistence_id = 'unit-{writer}'");
                return Task.FromResult(true);
            }
            catch (NpgsqlException)
            {
                return Task.FromResult(false);
            }
        });
        return highest;
    }

    private static async Task<long> TryHighestAsync(PostgresJournal journal)
    {
        try
        {
            return await journal.ReadHighestSequenceNrAsync("unit-0", default);
        }
        catch (JournalException)
        {
            return -1;
        }
    }

    private static async Task<long> TryHeadAsync(PostgresControlLogStore log)
    {
        try
        {
            return await log.ReadHeadAsync(default);
        }
        catch (StoreUnreachableException)
        {
            return -1;
        }
    }

    private static async Task<bool> TryAppendAsync(PostgresJournal journal, long number)
    {
        try
        {
            await journal.AppendAsync([Event(0, number)]);
            return true;
        }
        catch (JournalException e) when (e is not SequenceTakenException)
        {
            return await TryHighestAsync(journal) == number;
        }
    }

    private async Task AssertContiguousAsync(long last)
    {
        var numbers = new List<long>();
        await foreach (var read in Open(_database.Patient).ReadAsync("unit-0", 1, long.MaxValue, default)) numbers.Add(read.SequenceNr);
        Assert.Equal(Enumerable.Range(1, (int)last).Select(number => (long)number), numbers);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition()) patience.Token.ThrowIfCancellationRequested();
    }
}
