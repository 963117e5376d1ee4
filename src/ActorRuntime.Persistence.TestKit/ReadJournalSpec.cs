using System.Buffers;
using ActorRuntime.Actor;
using ActorRuntime.Persistence.Journal;
using ActorRuntime.Persistence.Query;
using Xunit;

namespace ActorRuntime.Persistence.TestKit;

/// <summary>What queries over every <see cref="IOrderedJournal"/> promise; <see cref="Connect"/> gives one more process's access to the same
/// store.</summary>
public abstract class ReadJournalSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IJournal> _journals = [];
    private readonly CancellationTokenSource _patience = new(Patience);
    private ActorSystem _system = null!; // From the start of the test on.

    /// <summary>Another access to the store of this test.</summary>
    protected abstract IOrderedJournal Connect();

    /// <summary>Starts a system whose default journal is the store.</summary>
    public virtual Task InitializeAsync()
    {
        var options = new PersistenceOptions { QueryPageEvents = 3, QueryRefreshInterval = TimeSpan.FromMilliseconds(1) };
        _system = ActorSystem.Create("read-journal", PersistenceSetup.Create().WithOptions(options).WithJournal(_ => Connect()));
        return Task.CompletedTask;
    }

    /// <summary>Ends the system and closes the journals.</summary>
    public virtual async Task DisposeAsync()
    {
        await _system.Terminate();
        foreach (var journal in _journals) await journal.DisposeAsync();
        _patience.Dispose();
    }

    [Fact, Trait("Requirement", "AR-4")]
    public async Task All_events_come_in_the_order_of_their_commits_and_go_on_after_an_offset()
    {
        var journal = Open();
        await AppendAsync(journal, "b", 1, "b1", "b2");
        await AppendAsync(journal, "a", 1, "a1");
        await AppendAsync(journal, "b", 3, "b3");

        var all = await CollectAsync(Queries.CurrentAllEvents());
        var rest = await CollectAsync(Queries.CurrentAllEvents(all[1].Offset));

        Assert.Equal(["b1", "b2", "a1", "b3"], all.Select(envelope => envelope.Event));
        Assert.Equal(["a1", "b3"], rest.Select(envelope => envelope.Event));
        Assert.Equal([("b", 1L), ("b", 2L), ("a", 1L), ("b", 3L)], all.Select(envelope => (envelope.PersistenceId, envelope.SequenceNr)));
    }

    [Fact, Trait("Requirement", "AR-4")]
    public async Task Events_are_found_by_each_of_their_tags_and_by_no_other()
    {
        var journal = Open();
        await journal.AppendAsync([Event("a", 1, "red", "colour", "red"), Event("a", 2, "plain"), Event("a", 3, "blue", "colour", "blue")]);
        await journal.AppendAsync([Event("b", 1, "square", "shape")]);

        Assert.Equal(["red", "blue"], await EventsAsync(Queries.CurrentEventsByTag("colour")));
        Assert.Equal(["red"], await EventsAsync(Queries.CurrentEventsByTag("red")));
        Assert.Equal(["square"], await EventsAsync(Queries.CurrentEventsByTag("shape")));
        Assert.Empty(await EventsAsync(Queries.CurrentEventsByTag("no such tag")));
    }

    [Fact]
    public async Task Offset_of_an_event_resumes_a_query_by_tag_behind_it()
    {
        var journal = Open();
        for (var i = 1; i <= 8; i++) await journal.AppendAsync([Event("a", i, $"{i}", i % 2 == 0 ? "even" : "odd")]);

        var even = await CollectAsync(Queries.CurrentEventsByTag("even"));

        Assert.Equal(["2", "4", "6", "8"], even.Select(envelope => envelope.Event));
        Assert.Equal(["6", "8"], await EventsAsync(Queries.CurrentEventsByTag("even", even[1].Offset)));
        Assert.Empty(await EventsAsync(Queries.CurrentEventsByTag("even", even[^1].Offset)));
    }

    [Fact, Trait("Requirement", "AR-4")]
    public async Task Live_query_misses_and_doubles_nothing_while_several_processes_write()
    {
        const int each = 60;
        string[] ids = ["a", "b", "c"];
        var tagged = CollectAsync(Queries.EventsByTag("all", default, _patience.Token), ids.Length * each);
        var all = CollectAsync(Queries.AllEvents(default, _patience.Token), ids.Length * each);

        await Task.WhenAll(ids.Select(async id =>
        {
            var journal = Open();
            for (var i = 1; i <= each; i++)
            {
                await journal.AppendAsync([Event(id, i, $"{id}{i}", "all")]);
                await Task.Yield();
            }
        }));

        foreach (var found in new[] { await tagged, await all })
        {
            foreach (var id in ids)
            {
                var numbers = found.Where(envelope => envelope.PersistenceId == id).Select(envelope => envelope.SequenceNr);
                Assert.Equal(Enumerable.Range(1, each).Select(number => (long)number), numbers);
            }
            Assert.Equal(found.OrderBy(envelope => envelope.Offset.Value), found);
        }
    }

    [Fact]
    public async Task Current_query_ends_and_a_live_one_waits_for_more()
    {
        var journal = Open();
        await AppendAsync(journal, "a", 1, "1");
        await using var live = Queries.EventsByPersistenceId("a", 0, 3, _patience.Token).GetAsyncEnumerator();
        Assert.True(await live.MoveNextAsync());
        var next = live.MoveNextAsync();

        Assert.Equal(["1"], await EventsAsync(Queries.CurrentEventsByPersistenceId("a")));
        await AppendAsync(journal, "a", 2, "2", "3");

        Assert.True(await next);
        Assert.True(await live.MoveNextAsync());
        Assert.Equal("3", live.Current.Event);
        Assert.False(await live.MoveNextAsync()); // The last number that was asked for.
    }

    [Fact]
    public async Task Position_of_a_deleted_event_is_not_given_to_another()
    {
        var journal = Open();
        await journal.AppendAsync([Event("a", 1, "gone", "tag"), Event("a", 2, "gone too", "tag")]);
        var seen = await CollectAsync(Queries.CurrentEventsByTag("tag"));
        await journal.DeleteAsync(WriterFence.None, "a", 2);

        await journal.AppendAsync([Event("a", 3, "new", "tag")]);

        Assert.Equal(["new"], await EventsAsync(Queries.CurrentEventsByTag("tag", seen[^1].Offset)));
        Assert.Equal(["new"], await EventsAsync(Queries.CurrentEventsByTag("tag")));
        Assert.Equal(["new"], await EventsAsync(Queries.CurrentAllEvents()));
    }

    [Fact]
    public async Task Refused_append_leaves_nothing_in_the_order()
    {
        var journal = Open();
        await AppendAsync(journal, "a", 1, "1");

        await Assert.ThrowsAsync<SequenceTakenException>(() => journal.AppendAsync([Event("a", 1, "refused", "tag"), Event("a", 2, "refused", "tag")]));
        await AppendAsync(journal, "a", 2, "2");

        Assert.Equal(["1", "2"], await EventsAsync(Queries.CurrentAllEvents()));
        Assert.Empty(await EventsAsync(Queries.CurrentEventsByTag("tag")));
    }

    [Fact]
    public async Task Ids_come_once_each_and_new_ones_as_they_appear()
    {
        var journal = Open();
        foreach (var id in new[] { "b", "a" }) await AppendAsync(journal, id, 1, "x");
        await using var live = Queries.PersistenceIds(_patience.Token).GetAsyncEnumerator();
        Assert.True(await live.MoveNextAsync());
        Assert.True(await live.MoveNextAsync());

        await AppendAsync(journal, "a", 2, "x");
        await AppendAsync(journal, "c", 1, "x");

        Assert.True(await live.MoveNextAsync());
        Assert.Equal("c", live.Current);
        var current = new List<string>();
        await foreach (var id in Queries.CurrentPersistenceIds()) current.Add(id);
        Assert.Equal(["a", "b", "c"], current);
    }

    [Fact]
    public async Task Cancelled_live_query_ends()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = CollectAsync(Queries.AllEvents(default, cancel.Token));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
    }

    private ReadJournal Queries => Persistence.Instance.Get(_system).ReadJournalFor("");

    private IOrderedJournal Open()
    {
        var journal = Connect();
        _journals.Add(journal);
        return journal;
    }

    private Task AppendAsync(IOrderedJournal journal, string id, long from, params string[] texts) =>
        journal.AppendAsync([.. texts.Select((text, i) => Event(id, from + i, text))]);

    private JournalEvent Event(string id, long number, string text, params string[] tags)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var (serializerId, manifest) = _system.Serialization.Serialize(text, bytes);
        return new JournalEvent(id, number, manifest, serializerId, bytes.WrittenMemory, DateTimeOffset.UnixEpoch, WriterFence.None) { Tags = tags };
    }

    private static async Task<List<object>> EventsAsync(IAsyncEnumerable<EventEnvelope> query) =>
        (await CollectAsync(query)).ConvertAll(envelope => envelope.Event);

    private static async Task<List<EventEnvelope>> CollectAsync(IAsyncEnumerable<EventEnvelope> query, int count = int.MaxValue)
    {
        var found = new List<EventEnvelope>();
        await foreach (var envelope in query)
        {
            found.Add(envelope);
            if (found.Count == count) break;
        }
        return found;
    }
}
