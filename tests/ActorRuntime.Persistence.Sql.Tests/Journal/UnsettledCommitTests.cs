using System.Collections.Concurrent;
using System.Text;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;
using SQLitePCL;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

/// <summary>Goal: whatever becomes of a commit's answer, nothing is lost, nothing is doubled, and the writer goes on under its term.
/// Method: a real file; the disk's answer fails or stays away right before the commit, right after it, or at the flush.</summary>
[Trait("Requirement", "AR-5")]
public sealed class UnsettledCommitTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly WriterFence Fence = new("receiver/7", 5);

    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();
    private readonly List<SqliteJournal> _journals = [];
    private readonly ConcurrentQueue<CommitStep> _faults = [];
    private readonly ManualResetEventSlim _disk = new(initialState: true);
    private volatile object? _broken;

    private string Path => _directory.File("journal.db");

    private SqliteJournalOptions Patient => new()
    {
        Path = Path,
        BusyTimeout = TimeSpan.FromSeconds(10),
        WriteTimeout = TimeSpan.FromMinutes(1),
        ReadTimeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>Gives up soon; the busy time-out is what the watch waits on top before it speaks for a writer that hangs.</summary>
    private SqliteJournalOptions Impatient => Patient with { BusyTimeout = TimeSpan.FromSeconds(4), WriteTimeout = TimeSpan.FromSeconds(4) };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var journal in _journals) await journal.DisposeAsync();
        _directory.Delete();
    }

    [Theory]
    [InlineData(CommitStep.BeforeCommit)]
    [InlineData(CommitStep.AfterCommit)]
    [InlineData(CommitStep.BeforeFlush)]
    public async Task Fault_that_passes_costs_the_caller_nothing(object step)
    {
        var journal = await OpenAsync(Patient);
        Fail((CommitStep)step);

        await journal.AppendAsync([Event("a", 1)]);
        await journal.AppendAsync([Event("a", 2)]);

        await AssertStoredAsync("a", 1, 2);
        Assert.Empty(_faults);
    }

    [Theory, Trait("Requirement", "SR-4")]
    [InlineData(CommitStep.BeforeCommit)]
    [InlineData(CommitStep.AfterCommit)]
    [InlineData(CommitStep.BeforeFlush)]
    public async Task Fault_while_blocks_are_written_behind_costs_the_caller_nothing(object step)
    {
        var journal = await OpenAsync(Patient);
        Fail((CommitStep)step);

        Assert.Equal(3, await journal.AppendCommittedAsync(Fence, 0, new CommittedBlocks(3, [Event("a", 1), Event("b", 1)], [])));
        Assert.Equal(4, await journal.AppendCommittedAsync(Fence, 3, new CommittedBlocks(4, [Event("a", 2)], [])));

        await AssertStoredAsync("a", 1, 2);
        await AssertStoredAsync("b", 1);
        Assert.Equal(4, await journal.RaiseFenceAsync(Fence, default));
        Assert.Empty(_faults);
    }

    [Theory]
    [InlineData(CommitStep.BeforeCommit, false)]
    [InlineData(CommitStep.AfterCommit, true)]
    public async Task Outcome_unknown_at_the_deadline_is_settled_before_the_next_write_of_the_same_term(object step, bool isStored)
    {
        var journal = await OpenAsync(Impatient);
        await journal.AppendAsync([Event("a", 1)]);
        var unknown = await FailUntilDeadlineAsync((CommitStep)step, journal, Event("a", 2));
        Assert.Contains("unknown", unknown.Message, StringComparison.Ordinal);

        var highest = await journal.ReadHighestSequenceNrAsync("a", default).WaitAsync(Patience);
        Assert.Equal(isStored ? 2 : 1, highest);
        await journal.AppendAsync([Event("a", highest + 1)]);
        await journal.AppendAsync([Event("b", 1)]);

        await AssertStoredAsync("a", isStored ? [1, 2, 3] : [1, 2]);
        await AssertStoredAsync("b", 1);
    }

    [Theory]
    [InlineData(CommitStep.BeforeCommit, false)]
    [InlineData(CommitStep.AfterCommit, true)]
    public async Task Next_write_settles_without_a_read_in_between(object step, bool isStored)
    {
        var journal = await OpenAsync(Impatient);
        await FailUntilDeadlineAsync((CommitStep)step, journal, Event("a", 1));

        await journal.AppendAsync([Event("b", 1)]);

        await AssertStoredAsync("a", isStored ? [1] : []);
        await AssertStoredAsync("b", 1);
    }

    [Fact]
    public async Task Nothing_is_written_or_read_while_the_outcome_cannot_be_settled()
    {
        var journal = await OpenAsync(Impatient);
        await FailUntilDeadlineAsync(CommitStep.AfterCommit, journal, Event("a", 1));
        _broken = CommitStep.AfterCommit;

        var write = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("b", 1)]));
        await Assert.ThrowsAsync<JournalException>(() => journal.ReadHighestSequenceNrAsync("a", default));

        Assert.Contains("not written; an earlier write is not settled yet", write.Message, StringComparison.Ordinal);
        _broken = null;
        await AssertStoredAsync("b");
    }

    [Fact]
    public async Task Commit_that_hangs_past_the_deadline_and_lands_late_is_there_once_and_writes_go_on()
    {
        var journal = await OpenAsync(Impatient);
        _disk.Reset();

        var overdue = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([Event("a", 1)]).WaitAsync(Patience));
        _disk.Set();

        Assert.Contains("unknown whether it was written", overdue.Message, StringComparison.Ordinal);
        await UntilAsync(async () => await TryHighestAsync(journal, "a") == 1);
        await journal.AppendAsync([Event("a", 2)]);
        await AssertStoredAsync("a", 1, 2);
    }

    [Fact]
    public async Task Group_of_several_scopes_goes_on_in_each_of_them()
    {
        var journal = await OpenAsync(Patient);
        var fences = Enumerable.Range(0, 3).Select(scope => new WriterFence($"s{scope}", 5)).ToArray();
        foreach (var fence in fences) await journal.RaiseFenceAsync(fence, default);
        Fail(CommitStep.AfterCommit);
        Fail(CommitStep.AfterCommit); // The settling itself.

        await Task.WhenAll(fences.Select((fence, i) => journal.AppendAsync([Event($"unit-{i}", 1, fence)])));
        await Task.WhenAll(fences.Select((fence, i) => journal.AppendAsync([Event($"unit-{i}", 2, fence)])));

        for (var i = 0; i < 3; i++) await AssertStoredAsync($"unit-{i}", 1, 2);
    }

    [Fact]
    public async Task Successor_that_took_over_meanwhile_keeps_its_log()
    {
        var journal = await OpenAsync(Impatient);
        await FailUntilDeadlineAsync(CommitStep.AfterCommit, journal, Event("a", 1));
        var successor = Track(new SqliteJournal(Patient, _environment));
        var now = Fence with { Term = 6 };
        await successor.RaiseFenceAsync(now, default);
        await successor.AppendAsync([Event("a", 2, now)]);

        await Assert.ThrowsAsync<FencedException>(() => journal.AppendAsync([Event("a", 3)]));

        await AssertStoredAsync("a", 1, 2);
    }

    [Fact]
    public async Task Settling_does_not_take_over_the_height_of_another_process_in_the_same_term()
    {
        var journal = await OpenAsync(Impatient);
        await FailUntilDeadlineAsync(CommitStep.BeforeCommit, journal, Event("a", 1));
        var other = Track(new SqliteJournal(Patient, _environment));
        await other.RaiseFenceAsync(Fence, default);
        await other.AppendAsync([Event("b", 1)]);

        var fenced = await Assert.ThrowsAsync<FencedException>(() => journal.AppendAsync([Event("a", 1)]));

        Assert.Contains("same term", fenced.Message, StringComparison.Ordinal);
        await AssertStoredAsync("a");
    }

    [Fact]
    public async Task Refused_append_whose_commit_would_be_all_there_is_leaves_the_height_alone()
    {
        var journal = await OpenAsync(Patient);
        await journal.AppendAsync([Event("a", 1)]);
        Fail(CommitStep.AfterCommit);

        await Assert.ThrowsAsync<SequenceTakenException>(() => journal.AppendAsync([Event("a", 1)]));

        Assert.Equal(1, await journal.RaiseFenceAsync(Fence, default));
        _faults.Clear();
        await journal.AppendAsync([Event("a", 2)]);
    }

    [Fact]
    public async Task After_a_failed_flush_the_log_file_begins_anew()
    {
        var journal = await OpenAsync(Patient);
        await journal.AppendAsync([Event("a", 1)]);
        Assert.NotEqual(0, new FileInfo(Path + "-wal").Length);
        Fail(CommitStep.BeforeFlush);

        await journal.AppendAsync([Event("a", 2)]);

        Assert.Equal(0, new FileInfo(Path + "-wal").Length);
        await AssertStoredAsync("a", 1, 2);
    }

    private static JournalEvent Event(string id, long number, WriterFence? writer = null) => new(
        id, number, "test-event@1", 42, Encoding.UTF8.GetBytes($"{id}:{number}"), DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), writer ?? Fence);

    private void Fail(CommitStep step) => _faults.Enqueue(step);

    /// <summary>Every answer fails until the writer gives up; then the disk is well again.</summary>
    private async Task<JournalException> FailUntilDeadlineAsync(CommitStep step, SqliteJournal journal, JournalEvent added)
    {
        _broken = step;
        var failure = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync([added]));
        _broken = null;
        return failure;
    }

    private void OnCommit(CommitStep step)
    {
        _disk.Wait(Patience);
        var fails = _broken is CommitStep broken && broken == step;
        if (!fails && _faults.TryPeek(out var next) && next == step) fails = _faults.TryDequeue(out _);
        if (!fails) return;
        if (step == CommitStep.BeforeFlush) throw new IOException("told to fail");
        throw new SqliteFailureException(raw.SQLITE_IOERR, "told to fail");
    }

    private async Task<SqliteJournal> OpenAsync(SqliteJournalOptions options)
    {
        var journal = Track(new SqliteJournal(options, _environment, OnCommit));
        await journal.RaiseFenceAsync(Fence, default);
        return journal;
    }

    private SqliteJournal Track(SqliteJournal journal)
    {
        _journals.Add(journal);
        return journal;
    }

    private static async Task<long> TryHighestAsync(SqliteJournal journal, string id)
    {
        try
        {
            return await journal.ReadHighestSequenceNrAsync(id, default).WaitAsync(Patience);
        }
        catch (JournalException)
        {
            return -1; // Still behind the hanging commit.
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition()) patience.Token.ThrowIfCancellationRequested();
    }

    /// <summary>As a process sees it that has nothing to do with the fault.</summary>
    private async Task AssertStoredAsync(string id, params long[] numbers)
    {
        var reader = Track(new SqliteJournal(Patient, _environment));
        var stored = new List<string>();
        await foreach (var read in reader.ReadAsync(id, 1, long.MaxValue, default)) stored.Add(Encoding.UTF8.GetString(read.Payload.Span));
        Assert.Equal(numbers.Select(number => $"{id}:{number}"), stored);
    }
}
