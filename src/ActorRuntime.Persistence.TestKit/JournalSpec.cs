using System.Text;
using ActorRuntime.Persistence.Journal;
using Xunit;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>What every journal promises; <see cref="Connect"/> gives one more process's access to the same store.</summary>
public abstract class JournalSpec : IAsyncLifetime
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    private readonly List<IJournal> _journals = [];

    protected abstract IJournal Connect();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var journal in _journals) await journal.DisposeAsync();
    }

    [Fact, Trait("Requirement", "AR-4")]
    public async Task Events_are_read_by_another_process_as_they_were_written()
    {
        var (a, b) = (Open(), Open());
        var written = Events("näva/1", 1, 3);

        await a.AppendAsync(written);

        AssertEqual(written, await ReadAsync(b, "näva/1"));
        Assert.Equal(3, await b.ReadHighestSequenceNrAsync("näva/1", default));
    }

    [Fact]
    public async Task Unknown_id_has_no_events()
    {
        var journal = Open();

        Assert.Empty(await ReadAsync(journal, "nobody"));
        Assert.Equal(0, await journal.ReadHighestSequenceNrAsync("nobody", default));
    }

    [Theory]
    [InlineData(3, 5, 3)]
    [InlineData(4, 4, 1)]
    [InlineData(5, 4, 0)]
    [InlineData(8, long.MaxValue, 3)]
    [InlineData(11, long.MaxValue, 0)]
    public async Task Range_of_sequence_numbers_is_inclusive(long from, long to, int count)
    {
        var journal = Open();
        await journal.AppendAsync(Events("a", 1, 10));
        await journal.AppendAsync(Events("b", 1, 10));

        var read = await ReadAsync(journal, "a", from, to);

        Assert.Equal(Enumerable.Range(0, count).Select(i => from + i), read.Select(stored => stored.SequenceNr));
        Assert.All(read, stored => Assert.Equal("a", stored.PersistenceId));
    }

    [Fact]
    public async Task Empty_payload_and_manifest_survive()
    {
        var journal = Open();
        var empty = new JournalEvent("a", 1, "", 7, ReadOnlyMemory<byte>.Empty, Time, WriterFence.None);

        await journal.AppendAsync([empty]);

        AssertEqual([empty], await ReadAsync(journal, "a"));
    }

    [Fact]
    public async Task Taken_sequence_number_is_refused_and_nothing_of_the_append_is_written()
    {
        var (a, b) = (Open(), Open());
        await a.AppendAsync(Events("a", 1, 3));

        var failure = await Assert.ThrowsAsync<SequenceTakenException>(() => b.AppendAsync(Events("a", 3, 2)));

        Assert.Contains("another actor writes", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, await a.ReadHighestSequenceNrAsync("a", default));
        await a.AppendAsync(Events("a", 4, 1));
    }

    [Fact]
    public async Task Append_whose_later_event_is_taken_leaves_none_behind()
    {
        var journal = Open();
        await journal.AppendAsync(Events("a", 1, 1));
        await journal.AppendAsync(Events("a", 3, 1)); // A hole, as a second writer may leave it.

        await Assert.ThrowsAsync<SequenceTakenException>(() => journal.AppendAsync(Events("a", 2, 2)));

        Assert.Equal([1L, 3L], (await ReadAsync(journal, "a")).Select(stored => stored.SequenceNr));
    }

    [Fact]
    public async Task Deleted_events_are_gone_and_their_numbers_are_not_used_again()
    {
        var journal = Open();
        await journal.AppendAsync(Events("a", 1, 5));

        await journal.DeleteAsync(WriterFence.None, "a", 3);
        Assert.Equal([4L, 5L], (await ReadAsync(journal, "a")).Select(stored => stored.SequenceNr));

        await journal.DeleteAsync(WriterFence.None, "a", long.MaxValue);
        Assert.Empty(await ReadAsync(journal, "a"));
        Assert.Equal(5, await journal.ReadHighestSequenceNrAsync("a", default));
        await Assert.ThrowsAsync<SequenceTakenException>(() => journal.AppendAsync(Events("a", 5, 1)));
        await journal.AppendAsync(Events("a", 6, 1));
    }

    [Fact]
    public async Task Ids_come_in_order_and_in_pages()
    {
        var journal = Open();
        foreach (var id in new[] { "c", "a", "b", "d" }) await journal.AppendAsync(Events(id, 1, 2));

        Assert.Equal(["a", "b", "c"], await journal.ReadPersistenceIdsAsync("", 3, default));
        Assert.Equal(["d"], await journal.ReadPersistenceIdsAsync("c", 3, default));
        Assert.Empty(await journal.ReadPersistenceIdsAsync("d", 3, default));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Of_two_would_be_leaders_only_the_one_with_the_newer_term_writes()
    {
        var (a, b) = (Open(), Open());
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        await a.RaiseFenceAsync(old, default);
        await a.AppendAsync(Events("unit-1", 1, 2, old));

        await b.RaiseFenceAsync(now, default);
        var fenced = await Assert.ThrowsAsync<FencedException>(() => a.AppendAsync(Events("unit-1", 3, 1, old)));
        await b.AppendAsync(Events("unit-1", 3, 1, now));
        await Assert.ThrowsAsync<FencedException>(() => a.AppendAsync(Events("unit-2", 1, 1, old)));

        Assert.Equal(("receiver/7", 5L, 6L), (fenced.Scope, fenced.OwnTerm, fenced.CurrentTerm));
        Assert.Equal([5L, 5L, 6L], (await ReadAsync(a, "unit-1")).Select(stored => stored.Writer.Term));
        Assert.Empty(await ReadAsync(a, "unit-2"));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Taking_over_under_load_leaves_one_log_that_grows_from_what_the_new_leader_read()
    {
        var (a, b) = (Open(), Open());
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        await a.RaiseFenceAsync(old, default);
        var oldLeader = AppendUntilFencedAsync();
        while (await b.ReadHighestSequenceNrAsync("unit", default) < 20) await Task.Yield();

        await b.RaiseFenceAsync(now, default);
        var inherited = await b.ReadHighestSequenceNrAsync("unit", default);
        await b.AppendAsync(Events("unit", inherited + 1, 3, now));

        var acknowledged = await oldLeader;
        var stored = await ReadAsync(b, "unit");
        Assert.Equal(Enumerable.Range(1, (int)inherited + 3).Select(number => (long)number), stored.Select(read => read.SequenceNr));
        Assert.All(stored, read => Assert.Equal(read.SequenceNr <= inherited ? 5 : 6, read.Writer.Term));
        Assert.True(acknowledged <= inherited, $"acknowledged {acknowledged}, inherited {inherited}");

        async Task<long> AppendUntilFencedAsync()
        {
            for (var number = 1L; ; number++)
            {
                try
                {
                    await a.AppendAsync(Events("unit", number, 1, old));
                    await Task.Yield(); // A store in memory answers at once.
                }
                catch (FencedException)
                {
                    return number - 1;
                }
            }
        }
    }

    [Fact]
    public async Task Lower_term_cannot_be_raised_and_the_same_can()
    {
        var (a, b) = (Open(), Open());
        await a.RaiseFenceAsync(new WriterFence("s", 6), default);

        Assert.Equal(0, await a.RaiseFenceAsync(new WriterFence("s", 6), default));
        var fenced = await Assert.ThrowsAsync<FencedException>(() => b.RaiseFenceAsync(new WriterFence("s", 5), default));

        Assert.Equal(6, fenced.CurrentTerm);
    }

    [Fact]
    public async Task Term_that_was_never_raised_is_refused()
    {
        var journal = Open();
        await journal.RaiseFenceAsync(new WriterFence("s", 6), default);

        var above = await Assert.ThrowsAsync<FencedException>(() => journal.AppendAsync(Events("a", 1, 1, new WriterFence("s", 7))));
        var unknown = await Assert.ThrowsAsync<FencedException>(() => journal.AppendAsync(Events("a", 1, 1, new WriterFence("t", 7))));

        Assert.Equal((6L, 0L), (above.CurrentTerm, unknown.CurrentTerm));
        Assert.Contains("was not raised", above.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAsync(journal, "a"));
    }

    [Fact]
    public async Task Height_counts_appends_of_a_scope_over_terms()
    {
        var journal = Open();
        var first = new WriterFence("s", 1);
        await journal.RaiseFenceAsync(first, default);
        await journal.AppendAsync(Events("a", 1, 5, first));
        await journal.AppendAsync(Events("b", 1, 1, first));

        Assert.Equal(2, await journal.RaiseFenceAsync(new WriterFence("s", 2), default));
    }

    [Fact]
    public async Task Fenced_writer_deletes_nothing()
    {
        var (a, b) = (Open(), Open());
        var (old, now) = (new WriterFence("s", 5), new WriterFence("s", 6));
        await a.RaiseFenceAsync(old, default);
        await a.AppendAsync(Events("a", 1, 2, old));
        await b.RaiseFenceAsync(now, default);

        await Assert.ThrowsAsync<FencedException>(() => a.DeleteAsync(old, "a", 2));

        Assert.Equal(2, (await ReadAsync(b, "a")).Count);
    }

    [Fact, Trait("Requirement", "SR-4")]
    public async Task Committed_blocks_of_many_units_are_written_once_in_the_order_of_heights()
    {
        var (a, b) = (Open(), Open());
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        Assert.Equal(0, await a.RaiseFenceAsync(old, default));
        var first = new CommittedBlocks(4, [.. Events("näva/1", 1, 2, old), .. Events("b", 1, 1, old), .. Events("näva/1", 3, 1, old)], []);

        Assert.Equal(4, await a.AppendCommittedAsync(old, 0, first));
        Assert.Equal(4, await a.AppendCommittedAsync(old, 0, first)); // As after an unknown outcome.
        Assert.Equal(4, await a.AppendCommittedAsync(old, 7, new CommittedBlocks(9, Events("b", 2, 1, old), []))); // A gap.
        Assert.Equal(4, await a.AppendCommittedAsync(old, 3, new CommittedBlocks(5, Events("b", 2, 1, old), []))); // An overlap.
        Assert.Equal(4, await b.RaiseFenceAsync(now, default));
        Assert.Equal(5, await b.AppendCommittedAsync(now, 4, new CommittedBlocks(5, [.. Events("b", 2, 1, old), .. Events("b", 3, 1, now)], [])));
        Assert.Equal(6, await b.AppendCommittedAsync(now, 5, new CommittedBlocks(6, [], []))); // One that only opens a term.

        AssertEqual(Events("näva/1", 1, 3, old), await ReadAsync(a, "näva/1"));
        AssertEqual([.. Events("b", 1, 2, old), .. Events("b", 3, 1, now)], await ReadAsync(a, "b"));
        Assert.Equal(6, await b.RaiseFenceAsync(now, default));
    }

    [Fact, Trait("Requirement", "AR-5")]
    public async Task Blocks_of_a_deposed_leader_are_refused()
    {
        var (a, b) = (Open(), Open());
        var (old, now) = (new WriterFence("receiver/7", 5), new WriterFence("receiver/7", 6));
        await a.RaiseFenceAsync(old, default);
        await a.AppendCommittedAsync(old, 0, new CommittedBlocks(1, Events("a", 1, 1, old), []));
        await b.RaiseFenceAsync(now, default);

        var next = new CommittedBlocks(2, Events("a", 2, 1, old), [new("a", 1)]);
        var fenced = await Assert.ThrowsAsync<FencedException>(() => a.AppendCommittedAsync(old, 1, next));
        await Assert.ThrowsAsync<FencedException>(() => a.AppendCommittedAsync(old, 0, next with { ToHeight = 1 })); // Whatever the height is.
        await Assert.ThrowsAsync<FencedException>(() => a.AppendCommittedAsync(new WriterFence("receiver/8", 6), 0, new CommittedBlocks(1, [], [])));

        Assert.Equal((5L, 6L), (fenced.OwnTerm, fenced.CurrentTerm));
        Assert.Equal([1L], (await ReadAsync(b, "a")).Select(stored => stored.SequenceNr));
        Assert.Equal(1, await b.RaiseFenceAsync(now, default));
    }

    [Fact]
    public async Task Blocks_with_an_event_that_is_there_write_nothing()
    {
        var journal = Open();
        var fence = new WriterFence("s", 1);
        await journal.RaiseFenceAsync(fence, default);
        await journal.AppendAsync(Events("a", 2, 1)); // A second writer that no term keeps away.

        await Assert.ThrowsAnyAsync<JournalException>(() => journal.AppendCommittedAsync(fence, 0, new CommittedBlocks(3, [.. Events("b", 1, 1, fence), .. Events("a", 1, 2, fence)], [])));

        Assert.Empty(await ReadAsync(journal, "b"));
        Assert.Equal(0, await journal.RaiseFenceAsync(fence, default));
    }

    [Fact]
    public async Task Deletions_of_committed_blocks_reach_what_is_stored_and_nothing_later()
    {
        var journal = Open();
        var fence = new WriterFence("s", 1);
        await journal.RaiseFenceAsync(fence, default);
        await journal.AppendCommittedAsync(fence, 0, new CommittedBlocks(1, Events("a", 1, 3, fence), []));
        var deleting = new CommittedBlocks(2, Events("a", 4, 2, fence), [new("a", 4), new("b", long.MaxValue), new("c", 7)]);
        await journal.AppendCommittedAsync(fence, 1, deleting);
        await journal.AppendCommittedAsync(fence, 2, new CommittedBlocks(3, [.. Events("a", 6, 1, fence), .. Events("b", 1, 1, fence)], []));

        Assert.Equal(3, await journal.AppendCommittedAsync(fence, 1, deleting with { Deletions = [new("a", 6), new("b", 1)] })); // Late, and once more.

        Assert.Equal([5L, 6L], (await ReadAsync(journal, "a")).Select(stored => stored.SequenceNr));
        Assert.Equal([1L], (await ReadAsync(journal, "b")).Select(stored => stored.SequenceNr));
        await journal.AppendCommittedAsync(fence, 3, new CommittedBlocks(4, [], [new("a", long.MaxValue)]));
        Assert.Equal(6, await journal.ReadHighestSequenceNrAsync("a", default));
        Assert.Empty(await ReadAsync(journal, "a"));
    }

    [Fact]
    public async Task Refused_scope_does_not_hinder_others_that_are_written_at_the_same_time()
    {
        var (a, b) = (Open(), Open());
        var fences = Enumerable.Range(0, 4).Select(scope => new WriterFence($"s{scope}", 5)).ToArray();
        foreach (var fence in fences) await a.RaiseFenceAsync(fence, default);
        await b.RaiseFenceAsync(new WriterFence("s2", 6), default);

        var appends = Enumerable.Range(0, 40).Select(i => a.AppendAsync(Events($"unit-{i}", 1, 2, fences[i % 4]))).ToArray();
        await Task.WhenAll(appends).ContinueWith(_ => { }, TaskScheduler.Default);

        for (var i = 0; i < appends.Length; i++)
        {
            var isFenced = i % 4 == 2;
            Assert.Equal(isFenced, appends[i].IsFaulted);
            Assert.Equal(isFenced ? 0 : 2, (await ReadAsync(b, $"unit-{i}")).Count);
        }
    }

    protected static async Task<List<JournalEvent>> ReadAsync(IJournal journal, string id, long from = 1, long to = long.MaxValue)
    {
        var events = new List<JournalEvent>();
        await foreach (var stored in journal.ReadAsync(id, from, to, default)) events.Add(stored);
        return events;
    }

    protected static JournalEvent[] Events(string id, long from, int count, WriterFence? writer = null) =>
        [.. Enumerable.Range(0, count).Select(i => new JournalEvent(
            id, from + i, "test-event@1", 42, Encoding.UTF8.GetBytes($"{id}:{from + i}"), Time, writer ?? WriterFence.None))];

    protected IJournal Open() => Track(Connect());

    /// <summary>Disposes of the journal at the end of the test.</summary>
    protected IJournal Track(IJournal journal)
    {
        _journals.Add(journal);
        return journal;
    }

    private static void AssertEqual(JournalEvent[] expected, List<JournalEvent> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Payload.ToArray(), actual[i].Payload.ToArray());
            Assert.Equal(expected[i], actual[i] with { Payload = expected[i].Payload });
        }
    }
}
