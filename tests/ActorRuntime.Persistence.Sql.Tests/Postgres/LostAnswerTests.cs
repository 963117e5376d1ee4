using System.Text;
using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Journal;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Postgres;

/// <summary>Goal: whatever becomes of the answer to a commit, nothing is lost, nothing is doubled, and the writer goes on under its term.
/// Method: a real server behind a wire that swallows an answer, or delivers a request when it has been settled long ago.</summary>
[NeedsPostgres, Trait("Requirement", "AR-5")]
public sealed class LostAnswerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly WriterFence Fence = new("receiver/7", 5);

    private readonly TestDatabase _database = new();
    private readonly ProductionEnvironment _environment = new();
    private readonly List<IAsyncDisposable> _stores = [];
    private readonly Wire _wire = new(TestDatabase.SharedPort);

    private PostgresJournalOptions ByWire => _database.Patient with { Server = _database.Options with { ConnectionString = Rewired } };

    /// <summary>Gives up soon.</summary>
    private PostgresJournalOptions Impatient => ByWire with
    {
        Server = ByWire.Server with { CommandTimeout = TimeSpan.FromSeconds(2) }, WriteTimeout = TimeSpan.FromSeconds(2),
    };

    private string Rewired => _database.Options.ConnectionString.Replace($"Port={TestDatabase.SharedPort}", $"Port={_wire.Port}", StringComparison.Ordinal);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _wire.Dispose();
        foreach (var store in _stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task Lost_answer_costs_the_caller_nothing_and_its_events_are_there_once()
    {
        var journal = await OpenAsync(ByWire);
        await journal.AppendAsync([Event("a", 1)]);
        _wire.LoseNextAnswer();

        await journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience);

        await journal.AppendAsync([Event("a", 3)]);
        await AssertStoredAsync("a", 1, 2, 3);
        Assert.Equal(3, await journal.RaiseFenceAsync(Fence with { Term = 6 }, default));
    }

    [Fact]
    public async Task Lost_answer_to_a_group_tells_each_append_what_became_of_it()
    {
        var journal = await OpenAsync(ByWire);
        var other = await OpenAsync(_database.Patient, new WriterFence("other", 1));
        await other.AppendAsync([Event("taken", 1, new WriterFence("other", 1))]);
        await journal.RaiseFenceAsync(new WriterFence("lost", 3), default);
        await other.RaiseFenceAsync(new WriterFence("lost", 4), default);
        await journal.AppendAsync([Event("a", 1)]);
        _wire.LoseNextAnswer();

        using var blocked = _database.HoldJournal(); // So that the three are one group.
        var first = journal.AppendAsync([Event("a", 2)]);
        Task[] group = [journal.AppendAsync([Event("taken", 1)]), journal.AppendAsync([Event("b", 1, new WriterFence("lost", 3))]), journal.AppendAsync([Event("c", 1)])];
        blocked.Dispose();

        await first.WaitAsync(Patience);
        await Assert.ThrowsAsync<SequenceTakenException>(() => group[0].WaitAsync(Patience));
        var fenced = await Assert.ThrowsAsync<FencedException>(() => group[1].WaitAsync(Patience));
        await group[2].WaitAsync(Patience);
        Assert.Equal((3L, 4L), (fenced.OwnTerm, fenced.CurrentTerm));
        await AssertStoredAsync("a", 1, 2);
        await AssertStoredAsync("b");
        await AssertStoredAsync("c", 1);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task Lost_answer_to_blocks_written_behind_costs_the_caller_nothing()
    {
        var journal = await OpenAsync(ByWire);
        Assert.Equal(1, await journal.AppendCommittedAsync(Fence, 0, new CommittedBlocks(1, [Event("a", 1)], [])));
        _wire.LoseNextAnswer();

        Assert.Equal(4, await journal.AppendCommittedAsync(Fence, 1, new CommittedBlocks(4, [Event("a", 2), Event("b", 1)], [new("a", 1)])).WaitAsync(Patience));

        await AssertStoredAsync("a", 2);
        await AssertStoredAsync("b", 1);
        Assert.Equal(4, await journal.RaiseFenceAsync(Fence with { Term = 6 }, default));
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task Blocks_that_arrive_after_they_were_written_again_write_nothing()
    {
        var journal = await OpenAsync(ByWire);
        await journal.AppendCommittedAsync(Fence, 0, new CommittedBlocks(1, [Event("a", 1)], []));
        var deliver = _wire.HoldNextRequest();
        await journal.AppendCommittedAsync(Fence, 1, new CommittedBlocks(2, [Event("a", 2)], [new("b", 9)])).WaitAsync(Patience);
        await journal.AppendCommittedAsync(Fence, 2, new CommittedBlocks(3, [Event("b", 1)], [new("a", 2)]));
        _database.Execute("delete from journal_deleted"); // So that nothing but the height keeps the late ones away.

        await deliver();

        await AssertStoredAsync("a");
        await AssertStoredAsync("b", 1);
        Assert.Equal(3, await journal.RaiseFenceAsync(Fence, default));
    }

    [Fact]
    public async Task Group_that_arrives_after_it_was_settled_writes_nothing()
    {
        var journal = await OpenAsync(ByWire);
        await journal.AppendAsync([Event("a", 1), Event("a", 2)]);
        var deliver = _wire.HoldNextRequest();
        await journal.AppendAsync([Event("a", 3)]).WaitAsync(Patience); // The first attempt is still on its way.
        await journal.DeleteAsync(Fence, "a", 3);
        _database.Execute("delete from journal_deleted"); // So that nothing but the settled commit keeps the late one away.

        await deliver();

        await AssertStoredAsync("a");
        await journal.AppendAsync([Event("a", 4)]);
        await AssertStoredAsync("a", 4);
    }

    [Fact]
    public async Task Unfenced_group_that_arrives_after_it_was_settled_writes_nothing()
    {
        var journal = await OpenAsync(ByWire);
        await journal.AppendAsync([Event("a", 1, WriterFence.None)]);
        var deliver = _wire.HoldNextRequest();
        await journal.AppendAsync([Event("a", 2, WriterFence.None)]).WaitAsync(Patience);
        await journal.DeleteAsync(WriterFence.None, "a", 2);
        _database.Execute("delete from journal_deleted");

        await deliver();

        await AssertStoredAsync("a");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Group_that_was_given_up_is_settled_before_the_next_read_for_good(bool isFenced)
    {
        var fence = isFenced ? Fence : WriterFence.None;
        var journal = await OpenAsync(Impatient);
        await journal.AppendAsync([Event("a", 1, fence)]);
        var deliver = _wire.HoldNextRequest();
        _wire.IsCut = true;
        var unknown = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 2, fence)]).WaitAsync(Patience));
        Assert.Contains("unknown", unknown.Message, StringComparison.Ordinal);
        _wire.IsCut = false;
        Assert.Equal(1, await journal.ReadHighestSequenceNrAsync("a", default));

        await deliver();

        await AssertStoredAsync("a", 1);
        await journal.AppendAsync([Event("b", 1, fence)]);
        await AssertStoredAsync("b", 1);
    }

    [Fact]
    public async Task Group_that_was_given_up_and_is_there_is_seen_by_the_next_read()
    {
        var journal = await OpenAsync(Impatient);
        await journal.AppendAsync([Event("a", 1)]);
        _wire.LoseNextAnswer();
        _wire.IsCut = true;
        await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience));
        _wire.IsCut = false;

        Assert.Equal(2, await journal.ReadHighestSequenceNrAsync("a", default));
        await journal.AppendAsync([Event("a", 3)]);
        await AssertStoredAsync("a", 1, 2, 3);
    }

    [Fact]
    public async Task Deletion_that_arrives_late_takes_nothing_that_was_written_since()
    {
        var journal = await OpenAsync(ByWire);
        await journal.AppendAsync([Event("a", 1), Event("a", 2)]);
        await journal.DeleteAsync(Fence, "a", 1); // The statements are prepared, and the highest number is asked for by itself.
        var highest = await journal.ReadHighestSequenceNrAsync("a", default);
        var deliver = _wire.HoldNextRequest();
        await journal.DeleteAsync(Fence, "a", long.MaxValue).WaitAsync(Patience);
        await journal.AppendAsync([Event("a", highest + 1)]);

        await deliver();

        await AssertStoredAsync("a", 3);
    }

    [Fact]
    public async Task Row_of_the_writer_that_vanished_is_made_anew()
    {
        var journal = await OpenAsync(_database.Patient);
        await journal.AppendAsync([Event("a", 1)]);
        _database.Execute("delete from journal_writer");

        await journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience);

        await AssertStoredAsync("a", 1, 2);
    }

    [Fact]
    public async Task Commit_that_fails_after_its_rows_were_answered_is_not_taken_for_success()
    {
        var journal = await OpenAsync(_database.Patient);
        await journal.AppendAsync([Event("a", 1)]);
        _database.Execute("""
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'told to fail'; end $$;
            create constraint trigger refuse after insert on journal_event deferrable initially deferred for each row execute function refuse();
            """);

        await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 2)]).WaitAsync(Patience));

        _database.Execute("drop trigger refuse on journal_event");
        await AssertStoredAsync("a", 1);
        await journal.AppendAsync([Event("a", 2)]);
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Append_to_the_control_log_without_an_answer_is_unknown_and_there()
    {
        var (store, other) = await OpenControlLogsAsync();
        _wire.LoseNextAnswer();

        Assert.Equal(AppendOutcome.Unknown, await store.AppendAsync(Entry(1, "p2"), default).AsTask().WaitAsync(Patience));

        Assert.Equal(["p1", "p2"], (await other.ReadAsync(1, 9, default)).Select(row => row.ProposalId));
        Assert.Equal(AppendOutcome.Conflict, await store.AppendAsync(Entry(1, "p2"), default));
    }

    [Fact, Trait("Requirement", "CL-8")]
    public async Task Append_to_the_control_log_that_arrives_late_finds_its_version_occupied()
    {
        var (store, other) = await OpenControlLogsAsync();
        var deliver = _wire.HoldNextRequest();
        Assert.Equal(AppendOutcome.Unknown, await store.AppendAsync(Entry(1, "late"), default).AsTask().WaitAsync(Patience));
        Assert.Equal(1, await other.ReadHeadAsync(default));
        Assert.Equal(AppendOutcome.Applied, await other.AppendAsync(Entry(1, "p2"), default));

        await deliver();

        Assert.Equal(["p1", "p2"], (await other.ReadAsync(1, 9, default)).Select(row => row.ProposalId));
        Assert.Equal(2, await store.ReadHeadAsync(default));
    }

    private static ControlLogAppend Entry(long seen, string proposalId) => new(seen, proposalId, "{}", []);

    private static JournalEvent Event(string id, long number, WriterFence? writer = null) => new(
        id, number, "test-event@1", 42, Encoding.UTF8.GetBytes($"{id}:{number}"), DateTimeOffset.UnixEpoch, writer ?? Fence);

    private async Task<PostgresJournal> OpenAsync(PostgresJournalOptions options, WriterFence? fence = null)
    {
        var journal = new PostgresJournal(options, _environment);
        _stores.Add(journal);
        await journal.RaiseFenceAsync(fence ?? Fence, default);
        return journal;
    }

    private async Task<(IControlLogStore Store, IControlLogStore Other)> OpenControlLogsAsync()
    {
        PostgresControlLogOptions direct = new() { Server = _database.Options, CallTimeout = Patience, OpenTimeout = Patience };
        var store = new PostgresControlLogStore(direct with { Server = ByWire.Server }, _environment);
        var other = new PostgresControlLogStore(direct, _environment);
        _stores.AddRange([store, other]);
        await store.OpenAsync(default);
        await other.OpenAsync(default);
        Assert.Equal(AppendOutcome.Applied, await store.AppendAsync(Entry(0, "p1"), default));
        return (store, other);
    }

    /// <summary>As a process sees it that has nothing to do with the fault.</summary>
    private async Task AssertStoredAsync(string id, params long[] numbers)
    {
        var reader = new PostgresJournal(_database.Patient, _environment);
        _stores.Add(reader);
        var stored = new List<string>();
        await foreach (var read in reader.ReadAsync(id, 1, long.MaxValue, default)) stored.Add(Encoding.UTF8.GetString(read.Payload.Span));
        Assert.Equal(numbers.Select(number => $"{id}:{number}"), stored);
    }
}
