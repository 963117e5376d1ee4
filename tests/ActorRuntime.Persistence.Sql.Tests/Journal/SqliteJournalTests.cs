using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Sql.Journal;
using ActorRuntime.Persistence.Sql.Sqlite;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.Journal;

public sealed class SqliteJournalTests : JournalSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    private string Path => _directory.File("journal.db");

    private SqliteJournalOptions Patient => new()
    {
        Path = Path,
        BusyTimeout = TimeSpan.FromSeconds(10),
        WriteTimeout = TimeSpan.FromMinutes(1),
        ReadTimeout = TimeSpan.FromMinutes(1),
        ReadPageEvents = 3,
    };

    protected override IJournal Connect() => new SqliteJournal(Patient, _environment);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task Events_and_fences_are_there_after_a_restart()
    {
        var before = Connect();
        var fence = new WriterFence("s", 5);
        await before.RaiseFenceAsync(fence, default);
        await before.AppendAsync(Events("a", 1, 7, fence));
        await before.DisposeAsync();

        var after = Open();

        Assert.Equal(7, (await ReadAsync(after, "a")).Count);
        await Assert.ThrowsAsync<FencedException>(() => after.RaiseFenceAsync(new WriterFence("s", 4), default));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Second_process_in_the_same_term_is_refused_by_the_height()
    {
        var (a, b) = (Open(), Open());
        var fence = new WriterFence("s", 5);
        await a.RaiseFenceAsync(fence, default);
        await b.RaiseFenceAsync(fence, default);
        await a.AppendAsync(Events("a", 1, 1, fence));

        var fenced = await Assert.ThrowsAsync<FencedException>(() => b.AppendAsync(Events("b", 1, 1, fence)));

        Assert.Contains("same term", fenced.Message, StringComparison.Ordinal);
        await a.AppendAsync(Events("a", 2, 1, fence));
    }

    [Fact]
    public async Task Term_raised_by_another_process_alone_does_not_let_this_one_write()
    {
        var (a, b) = (Open(), Open());
        var fence = new WriterFence("s", 5);
        await a.RaiseFenceAsync(fence, default);

        await Assert.ThrowsAsync<FencedException>(() => b.AppendAsync(Events("b", 1, 1, fence)));
    }

    [Fact]
    public async Task Many_appends_share_commits_and_all_arrive()
    {
        var journal = Open();

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => journal.AppendAsync(Events($"unit-{i % 100}", i / 100 + 1, 1))));

        for (var unit = 0; unit < 100; unit += 33) Assert.Equal(20, (await ReadAsync(journal, $"unit-{unit}")).Count);
    }

    [Fact]
    public async Task Damaged_payload_is_named_with_id_number_and_manifest()
    {
        var journal = Open();
        await journal.AppendAsync(Events("a", 1, 2));
        Alter("update journal_event set payload = x'00' where sequence_nr = 2");

        var failure = await Assert.ThrowsAsync<JournalException>(() => ReadAsync(journal, "a"));

        Assert.Contains("event 2 of a (manifest 'test-event@1')", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_large_an_event_is_rejected_and_others_are_written()
    {
        var journal = Track(new SqliteJournal(Patient with { EventBytesMax = 1024 }, _environment));
        var large = Events("a", 1, 1)[0] with { Payload = new byte[1025] };

        var rejection = await Assert.ThrowsAsync<EventRejectedException>(() => journal.AppendAsync([large]));
        await journal.AppendAsync(Events("a", 1, 1));

        Assert.Contains("event-bytes-max", rejection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_behind_a_lock_waits_for_it()
    {
        var journal = Open();
        await journal.OpenAsync(default);
        var foreign = new SqliteDatabase(Path, mayCreate: false, Patient.BusyTimeout);
        foreign.BeginImmediate();

        var append = journal.AppendAsync(Events("a", 1, 1));
        await Assert.ThrowsAsync<TimeoutException>(() => append.WaitAsync(Short * 2));
        foreign.Dispose();

        await append;
    }

    [Fact]
    public async Task Append_behind_a_lock_that_stays_fails_within_the_write_timeout_and_is_not_written()
    {
        await Open().OpenAsync(default);
        var journal = Impatient();
        await journal.OpenAsync(default);
        using (var foreign = new SqliteDatabase(Path, mayCreate: false, Patient.BusyTimeout))
        {
            foreign.BeginImmediate();
            var failure = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync(Events("a", 1, 1)));
            Assert.Contains("write-timeout", failure.Message, StringComparison.Ordinal);
        }
        Assert.Empty(await ReadAsync(journal, "a"));
        await journal.AppendAsync(Events("a", 1, 1));
    }

    [Fact]
    public async Task Foreign_exclusive_lock_fails_reads_and_writes_with_the_file_named()
    {
        var before = Connect();
        await before.OpenAsync(default);
        await before.DisposeAsync();
        using var foreign = new SqliteDatabase(Path, mayCreate: false, Patient.BusyTimeout);
        foreign.Execute("pragma locking_mode = exclusive; begin exclusive");
        var journal = Impatient();

        var write = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync(Events("a", 1, 1)));
        var read = await Assert.ThrowsAsync<JournalException>(() => ReadAsync(journal, "a"));

        Assert.Contains(Path, write.Message, StringComparison.Ordinal);
        Assert.Contains(Path, read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_that_is_no_database_is_refused_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(Path, new string('x', 10_000));

        var failure = await Assert.ThrowsAsync<JournalException>(() => Open().OpenAsync(default));

        Assert.Contains("not a SQLite database", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 10_000), await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task Deleted_file_refuses_appends_and_does_not_come_back_empty()
    {
        var journal = Open();
        await journal.AppendAsync(Events("a", 1, 1));

        foreach (var file in Directory.GetFiles(_directory.Root)) File.Delete(file);

        var failure = await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync(Events("a", 2, 1)));
        Assert.Contains("deleted or replaced", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task Full_queue_refuses_at_once()
    {
        var journal = Track(new SqliteJournal(Patient with { QueuedEventsMax = 10, CommitEventsMax = 1 }, _environment));
        await journal.OpenAsync(default);
        using var foreign = new SqliteDatabase(Path, mayCreate: false, Patient.BusyTimeout);
        foreign.BeginImmediate();

        var appends = Enumerable.Range(0, 20).Select(i => journal.AppendAsync(Events($"unit-{i}", 1, 1))).ToArray();

        var refused = Assert.Throws<JournalException>(() => appends[^1].GetAwaiter().GetResult());
        Assert.Contains("queued-events-max", refused.Message, StringComparison.Ordinal);
        foreign.RollbackIfOpen();
        Assert.InRange((await Task.WhenAll(appends.Select(Succeeds))).Count(succeeded => succeeded), 10, 12);

        static async Task<bool> Succeeds(Task append)
        {
            try
            {
                await append;
                return true;
            }
            catch (JournalException)
            {
                return false;
            }
        }
    }

    /// <summary>Gives up soon. The busy time-out is also what the watch grants a slow machine before it speaks for the writer.</summary>
    private IJournal Impatient() => Track(new SqliteJournal(
        Patient with { BusyTimeout = TimeSpan.FromSeconds(2), WriteTimeout = TimeSpan.FromSeconds(2), ReadTimeout = TimeSpan.FromSeconds(10) },
        _environment));

    private void Alter(string sql)
    {
        using var database = new SqliteDatabase(Path, mayCreate: false, TimeSpan.FromSeconds(10));
        database.Execute(sql);
    }
}
